CREATE TABLE `checkpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`digest` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`counts` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL
);
