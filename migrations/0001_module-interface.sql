ALTER TABLE `modules` ADD `uncallable` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `modules` ADD `imported_interfaces` text DEFAULT '[]' NOT NULL;