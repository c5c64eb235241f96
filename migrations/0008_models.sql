CREATE TABLE `model_deployments` (
	`lattice` text NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`deployed_at` integer NOT NULL,
	`deployed_by` text NOT NULL,
	PRIMARY KEY(`lattice`, `name`)
);
--> statement-breakpoint
CREATE TABLE `models` (
	`ordinal` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`lattice` text NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`description` text,
	`manifest` text NOT NULL,
	`stored_at` integer NOT NULL,
	`stored_by` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `models_version` ON `models` (`lattice`,`name`,`version`);