CREATE TABLE `apps` (
	`name` text PRIMARY KEY NOT NULL,
	`status` text NOT NULL,
	`image` text NOT NULL,
	`current` integer NOT NULL,
	`desired` integer NOT NULL,
	`healthy` integer NOT NULL,
	`metrics` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `apps_by_status` ON `apps` (`status`,`created_at`);