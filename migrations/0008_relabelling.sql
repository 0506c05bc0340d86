CREATE TABLE "labelling" (
	"id" integer PRIMARY KEY NOT NULL,
	"fingerprint" text NOT NULL,
	"stage" text,
	"position" bigint DEFAULT 0 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"changed" integer DEFAULT 0 NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"started" timestamp with time zone,
	"ended" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "resource" ADD COLUMN "stated" smallint DEFAULT -1;--> statement-breakpoint
CREATE INDEX "history_refs" ON "history" USING gin ("refs");--> statement-breakpoint
CREATE INDEX "resource_due" ON "resource" USING btree ("key") WHERE (mask & 9007199254740992) <> 0;