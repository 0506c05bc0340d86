ALTER TABLE "launch" ADD COLUMN "simulate" text;--> statement-breakpoint
ALTER TABLE "smart_grant" ADD COLUMN "simulate" text;