CREATE TABLE `app_hosts` (
	`host` text PRIMARY KEY NOT NULL,
	`app` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `app_hosts_by_app` ON `app_hosts` (`app`);