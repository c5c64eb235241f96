CREATE TABLE `clusters` (
	`infra` text NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`servers` text NOT NULL,
	`taskservs` text NOT NULL,
	`key` text NOT NULL,
	PRIMARY KEY(`infra`, `name`)
);
--> statement-breakpoint
CREATE TABLE `run_snapshots` (
	`run_id` text NOT NULL,
	`version` integer NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`details` text NOT NULL,
	PRIMARY KEY(`run_id`, `version`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`command` text NOT NULL,
	`arguments` text NOT NULL,
	`infra` text,
	`dependencies` text NOT NULL,
	`status` text NOT NULL,
	`batch` text NOT NULL,
	`version` integer NOT NULL,
	`output` text,
	`error` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	`wake_at` integer,
	`generation` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `runs_by_kind` ON `runs` (`kind`,`created_at`);--> statement-breakpoint
CREATE INDEX `runs_by_wake` ON `runs` (`wake_at`);--> statement-breakpoint
CREATE INDEX `runs_by_end` ON `runs` (`ended_at`);--> statement-breakpoint
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`media_type` text NOT NULL,
	`updated_at` integer NOT NULL,
	`updated_by` text NOT NULL
);
