CREATE TABLE "external_identity" (
	"issuer" text NOT NULL,
	"value" text NOT NULL,
	"member" text NOT NULL,
	CONSTRAINT "external_identity_issuer_value_pk" PRIMARY KEY("issuer","value")
);
--> statement-breakpoint
CREATE TABLE "passkey" (
	"id" text PRIMARY KEY NOT NULL,
	"member" text NOT NULL,
	"key" "bytea" NOT NULL,
	"counter" bigint NOT NULL,
	"transports" text[] NOT NULL,
	"name" text NOT NULL,
	"added" timestamp with time zone NOT NULL,
	"used" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "password" (
	"member" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"changed" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recovery_code" (
	"member" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "recovery_code_member_hash_pk" PRIMARY KEY("member","hash")
);
--> statement-breakpoint
CREATE TABLE "session" (
	"hash" text PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"member" text NOT NULL,
	"authenticated" timestamp with time zone NOT NULL,
	"seen" timestamp with time zone NOT NULL,
	"methods" text[] NOT NULL,
	CONSTRAINT "session_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "ticket" (
	"hash" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"member" text,
	"content" jsonb NOT NULL,
	"expires" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "totp" (
	"member" text PRIMARY KEY NOT NULL,
	"secret" text NOT NULL,
	"counter" bigint NOT NULL,
	"added" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "external_identity" ADD CONSTRAINT "external_identity_member_member_id_fk" FOREIGN KEY ("member") REFERENCES "public"."member"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkey" ADD CONSTRAINT "passkey_member_member_id_fk" FOREIGN KEY ("member") REFERENCES "public"."member"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "password" ADD CONSTRAINT "password_member_member_id_fk" FOREIGN KEY ("member") REFERENCES "public"."member"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_code" ADD CONSTRAINT "recovery_code_member_member_id_fk" FOREIGN KEY ("member") REFERENCES "public"."member"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_member_member_id_fk" FOREIGN KEY ("member") REFERENCES "public"."member"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_member_member_id_fk" FOREIGN KEY ("member") REFERENCES "public"."member"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "totp" ADD CONSTRAINT "totp_member_member_id_fk" FOREIGN KEY ("member") REFERENCES "public"."member"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "external_identity_member" ON "external_identity" USING btree ("member");--> statement-breakpoint
CREATE INDEX "passkey_member" ON "passkey" USING btree ("member");--> statement-breakpoint
CREATE INDEX "session_member" ON "session" USING btree ("member");--> statement-breakpoint
CREATE INDEX "session_seen" ON "session" USING btree ("seen");--> statement-breakpoint
CREATE INDEX "ticket_expires" ON "ticket" USING btree ("expires");--> statement-breakpoint
CREATE INDEX "ticket_member" ON "ticket" USING btree ("member");