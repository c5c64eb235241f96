ALTER TABLE `lattice_links` ADD `source_config_names` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `lattice_links` ADD `target_config_names` text DEFAULT '[]' NOT NULL;