CREATE TABLE `endpoints` (
	`workload_id` text NOT NULL,
	`module_id` text NOT NULL,
	`module_name` text NOT NULL,
	`node_id` text NOT NULL,
	`instances` integer NOT NULL,
	PRIMARY KEY(`workload_id`, `module_id`, `node_id`)
);
--> statement-breakpoint
CREATE INDEX `endpoints_by_module` ON `endpoints` (`module_name`);--> statement-breakpoint
CREATE TABLE `lattices` (
	`name` text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `workloads` (
	`id` text PRIMARY KEY NOT NULL,
	`namespace` text NOT NULL,
	`owner` text NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`module_id` text NOT NULL,
	`phase` text NOT NULL,
	`created_at` integer NOT NULL,
	`sequence` integer NOT NULL,
	`record` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `workloads_by_name` ON `workloads` (`namespace`,`owner`,`name`);--> statement-breakpoint
CREATE INDEX `workloads_by_module` ON `workloads` (`module_id`);--> statement-breakpoint
CREATE INDEX `workloads_by_time` ON `workloads` (`created_at`);