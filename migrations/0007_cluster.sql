CREATE TABLE `controllers` (
	`id` text PRIMARY KEY NOT NULL,
	`region` text NOT NULL,
	`state` text NOT NULL,
	`heartbeat_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `lease` (
	`id` integer PRIMARY KEY NOT NULL,
	`leader_id` text NOT NULL,
	`term` integer NOT NULL,
	`acquired_at` integer NOT NULL,
	`renewed_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
