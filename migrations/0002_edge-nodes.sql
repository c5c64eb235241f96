CREATE TABLE `node_metrics` (
	`node_id` text NOT NULL,
	`at` integer NOT NULL,
	`samples` integer NOT NULL,
	`cpu_usage` real,
	`memory_usage` real,
	`memory_total` real,
	`disk_usage` real,
	`disk_total` real,
	`rx_bytes` real,
	`tx_bytes` real,
	`containers` text NOT NULL,
	PRIMARY KEY(`node_id`, `at`)
);
--> statement-breakpoint
CREATE INDEX `node_metrics_by_time` ON `node_metrics` (`at`);--> statement-breakpoint
CREATE TABLE `node_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`node_id` text NOT NULL,
	`issued_at` integer NOT NULL,
	`issued_by` text NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE INDEX `node_tokens_by_node` ON `node_tokens` (`node_id`);--> statement-breakpoint
CREATE INDEX `node_tokens_by_expiry` ON `node_tokens` (`expires_at`);--> statement-breakpoint
ALTER TABLE `nodes` ADD `name` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `nodes` ADD `capabilities` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `nodes` ADD `labels` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `nodes` ADD `resources` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `nodes` ADD `condition` text DEFAULT 'registered' NOT NULL;--> statement-breakpoint
UPDATE `nodes` SET `name` = `id`, `condition` = CASE `status` WHEN 'Healthy' THEN 'active' ELSE 'offline' END;--> statement-breakpoint
CREATE UNIQUE INDEX `nodes_by_name` ON `nodes` (`name`);