CREATE TABLE "authorization_code" (
	"hash" text PRIMARY KEY NOT NULL,
	"grant" integer NOT NULL,
	"redirect" text NOT NULL,
	"challenge" text NOT NULL,
	"nonce" text,
	"used" boolean DEFAULT false NOT NULL,
	"expires" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "authorization_request" (
	"hash" text PRIMARY KEY NOT NULL,
	"request" jsonb NOT NULL,
	"session" text,
	"launch" jsonb,
	"patient" text,
	"encounter" text,
	"expires" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "launch" (
	"hash" text PRIMARY KEY NOT NULL,
	"client" text NOT NULL,
	"member" text,
	"context" jsonb NOT NULL,
	"expires" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "refresh_token" (
	"hash" text PRIMARY KEY NOT NULL,
	"grant" integer NOT NULL,
	"used" boolean DEFAULT false NOT NULL,
	"expires" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "signing_key" (
	"kid" text PRIMARY KEY NOT NULL,
	"private" jsonb NOT NULL,
	"begins" timestamp with time zone NOT NULL,
	"ends" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "smart_grant" (
	"key" serial PRIMARY KEY NOT NULL,
	"client" text NOT NULL,
	"member" text NOT NULL,
	"asked" jsonb NOT NULL,
	"audience" integer NOT NULL,
	"scope" text NOT NULL,
	"context" jsonb NOT NULL,
	"session" text,
	"authenticated" timestamp with time zone NOT NULL,
	"created" timestamp with time zone NOT NULL,
	"expires" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "access_token" ADD COLUMN "grant" integer;--> statement-breakpoint
ALTER TABLE "client" ADD COLUMN "name" text;--> statement-breakpoint
ALTER TABLE "client" ADD COLUMN "launch_url" text;--> statement-breakpoint
ALTER TABLE "authorization_code" ADD CONSTRAINT "authorization_code_grant_smart_grant_key_fk" FOREIGN KEY ("grant") REFERENCES "public"."smart_grant"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_token" ADD CONSTRAINT "refresh_token_grant_smart_grant_key_fk" FOREIGN KEY ("grant") REFERENCES "public"."smart_grant"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "authorization_code_grant" ON "authorization_code" USING btree ("grant");--> statement-breakpoint
CREATE INDEX "refresh_token_grant" ON "refresh_token" USING btree ("grant");--> statement-breakpoint
CREATE INDEX "smart_grant_member" ON "smart_grant" USING btree ("member");--> statement-breakpoint
CREATE INDEX "smart_grant_client" ON "smart_grant" USING btree ("client");--> statement-breakpoint
ALTER TABLE "access_token" ADD CONSTRAINT "access_token_grant_smart_grant_key_fk" FOREIGN KEY ("grant") REFERENCES "public"."smart_grant"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "access_token_grant" ON "access_token" USING btree ("grant");