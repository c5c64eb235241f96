CREATE TABLE `lattice_secrets` (
	`lattice` text NOT NULL,
	`name` text NOT NULL,
	`sealed` text NOT NULL,
	`updated_at` integer NOT NULL,
	`updated_by` text NOT NULL,
	PRIMARY KEY(`lattice`, `name`)
);
