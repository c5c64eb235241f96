CREATE TABLE `lattice_configs` (
	`lattice` text NOT NULL,
	`name` text NOT NULL,
	`values` text NOT NULL,
	`model` text,
	PRIMARY KEY(`lattice`, `name`)
);
--> statement-breakpoint
CREATE TABLE `lattice_links` (
	`lattice` text NOT NULL,
	`source` text NOT NULL,
	`target` text NOT NULL,
	`name` text NOT NULL,
	`namespace` text NOT NULL,
	`package` text NOT NULL,
	`interfaces` text NOT NULL,
	`source_config` text NOT NULL,
	`target_config` text NOT NULL,
	`port` integer,
	`model` text,
	PRIMARY KEY(`lattice`, `source`, `target`, `namespace`, `package`, `name`)
);
--> statement-breakpoint
CREATE INDEX `lattice_links_by_port` ON `lattice_links` (`lattice`,`port`);