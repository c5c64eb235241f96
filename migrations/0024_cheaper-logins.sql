DROP INDEX `ledger_by_actor`;--> statement-breakpoint
CREATE TABLE `sessions_anew` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`generation` integer NOT NULL,
	`mfa` integer NOT NULL,
	`revoked_at` integer
) WITHOUT ROWID;--> statement-breakpoint
INSERT INTO `sessions_anew` (`id`, `user_id`, `created_at`, `expires_at`, `generation`, `mfa`, `revoked_at`)
	SELECT `id`, `user_id`, `created_at`, `expires_at`, `generation`, `mfa`, `revoked_at` FROM `sessions`;--> statement-breakpoint
DROP TABLE `sessions`;--> statement-breakpoint
ALTER TABLE `sessions_anew` RENAME TO `sessions`;--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_by_expiry` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `login_failures_anew` (
	`username` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`locked_until` integer NOT NULL,
	`since` integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;--> statement-breakpoint
INSERT INTO `login_failures_anew` (`username`, `failures`, `locked_until`, `since`)
	SELECT `username`, `failures`, `locked_until`, `since` FROM `login_failures`;--> statement-breakpoint
DROP TABLE `login_failures`;--> statement-breakpoint
ALTER TABLE `login_failures_anew` RENAME TO `login_failures`;
