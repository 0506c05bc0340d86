CREATE TABLE "amounts" (
	"resource" bigint NOT NULL,
	"low" double precision NOT NULL,
	"high" double precision NOT NULL,
	"base_low" double precision,
	"base_high" double precision,
	"type" text NOT NULL,
	"param" text NOT NULL,
	"system" text,
	"code" text,
	"unit" text,
	"base" text
);
--> statement-breakpoint
DROP INDEX "resource_person";--> statement-breakpoint
DROP INDEX "resource_type";--> statement-breakpoint
DROP INDEX "resource_updated";--> statement-breakpoint
ALTER TABLE "words" ADD COLUMN "stated" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "amounts_value" ON "amounts" USING btree ("type","param","low");--> statement-breakpoint
CREATE INDEX "amounts_resource" ON "amounts" USING btree ("resource");--> statement-breakpoint
CREATE INDEX "history_updated" ON "history" USING btree ("type",updated desc);--> statement-breakpoint
CREATE INDEX "resource_person" ON "resource" USING btree ("person","type",low desc nulls last,"id");--> statement-breakpoint
CREATE INDEX "resource_type" ON "resource" USING btree ("type",low desc nulls last,"id");--> statement-breakpoint
CREATE INDEX "resource_updated" ON "resource" USING btree ("type",updated desc);