CREATE TABLE `deployments` (
	`id` text PRIMARY KEY NOT NULL,
	`module_id` text NOT NULL,
	`module_name` text NOT NULL,
	`status` text NOT NULL,
	`strategy` text NOT NULL,
	`target_regions` text NOT NULL,
	`target_nodes` text NOT NULL,
	`rollout` text NOT NULL,
	`recorded` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deployments_by_module` ON `deployments` (`module_id`);--> statement-breakpoint
CREATE INDEX `deployments_by_status` ON `deployments` (`status`);--> statement-breakpoint
CREATE TABLE `idempotency` (
	`principal` text NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`status` integer,
	`body` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`principal`, `key`)
);
--> statement-breakpoint
CREATE TABLE `interfaces` (
	`id` text PRIMARY KEY NOT NULL,
	`namespace` text NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`wit_definition` text NOT NULL,
	`description` text,
	`compatibility` text NOT NULL,
	`status` text NOT NULL,
	`registered_at` integer NOT NULL,
	`registered_by` text NOT NULL,
	`submitted_at` integer,
	`decided_at` integer,
	`decided_by` text,
	`decision_reason` text
);
--> statement-breakpoint
CREATE INDEX `interfaces_by_name` ON `interfaces` (`namespace`,`name`);--> statement-breakpoint
CREATE TABLE `invocations` (
	`node_id` text NOT NULL,
	`module_id` text NOT NULL,
	`calls` integer NOT NULL,
	`errors` integer NOT NULL,
	PRIMARY KEY(`node_id`, `module_id`)
);
--> statement-breakpoint
CREATE INDEX `invocations_by_module` ON `invocations` (`module_id`);--> statement-breakpoint
CREATE TABLE `login_failures` (
	`username` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`locked_until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `modules` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`description` text,
	`wasi_version` text NOT NULL,
	`required_interfaces` text NOT NULL,
	`limits` text NOT NULL,
	`metadata` text NOT NULL,
	`digest` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`exported_functions` text NOT NULL,
	`signatures` text NOT NULL,
	`convention` text NOT NULL,
	`status` text NOT NULL,
	`registered_at` integer NOT NULL,
	`registered_by` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `modules_by_name` ON `modules` (`name`,`registered_at`);--> statement-breakpoint
CREATE TABLE `nodes` (
	`id` text PRIMARY KEY NOT NULL,
	`hostname` text NOT NULL,
	`port` integer NOT NULL,
	`region` text NOT NULL,
	`zone` text,
	`runtime` text NOT NULL,
	`runtime_version` text,
	`wasi_version` text NOT NULL,
	`hardware` text,
	`max_modules` integer NOT NULL,
	`is_enabled` integer NOT NULL,
	`status` text NOT NULL,
	`registered_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `nodes_by_region` ON `nodes` (`region`);--> statement-breakpoint
CREATE TABLE `routes` (
	`module_name` text NOT NULL,
	`region` text NOT NULL,
	`entries` text NOT NULL,
	`holder` text,
	`fence` integer NOT NULL,
	PRIMARY KEY(`module_name`, `region`)
);
--> statement-breakpoint
CREATE TABLE `transitions` (
	`deployment_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`from_phase` text NOT NULL,
	`to_phase` text NOT NULL,
	`reason` text NOT NULL,
	`evidence` text NOT NULL,
	PRIMARY KEY(`deployment_id`, `sequence`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`username` text PRIMARY KEY NOT NULL,
	`password_hash` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL
);
