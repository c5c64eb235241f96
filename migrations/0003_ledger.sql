CREATE TABLE `ledger` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`actor` text,
	`actor_id` text,
	`action` text NOT NULL,
	`resource` text NOT NULL,
	`result` text NOT NULL,
	`body` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ledger_by_time` ON `ledger` (`at`);--> statement-breakpoint
CREATE INDEX `ledger_by_actor` ON `ledger` (`actor`,`at`);--> statement-breakpoint
CREATE INDEX `ledger_by_action` ON `ledger` (`action`,`at`);--> statement-breakpoint
CREATE INDEX `ledger_by_resource` ON `ledger` (`resource`,`at`);