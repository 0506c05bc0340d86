CREATE TABLE "access_token" (
	"hash" text PRIMARY KEY NOT NULL,
	"client" text NOT NULL,
	"audience" integer NOT NULL,
	"context" jsonb NOT NULL,
	"expires" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "assertion" (
	"client" text NOT NULL,
	"jti" text NOT NULL,
	"expires" timestamp with time zone NOT NULL,
	CONSTRAINT "assertion_client_jti_pk" PRIMARY KEY("client","jti")
);
--> statement-breakpoint
CREATE TABLE "client" (
	"id" text PRIMARY KEY NOT NULL,
	"organization" text NOT NULL,
	"kind" text NOT NULL,
	"jwks" jsonb,
	"jwks_url" text,
	"secret" text,
	"scope" text NOT NULL,
	"purposes" text[] NOT NULL,
	"redirects" text[] NOT NULL,
	"roles" text[] NOT NULL,
	"prefix" text
);
--> statement-breakpoint
CREATE TABLE "member" (
	"id" text PRIMARY KEY NOT NULL,
	"practitioner" text NOT NULL,
	"organization" text NOT NULL,
	"role" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audience" (
	"key" serial PRIMARY KEY NOT NULL,
	"identity" text NOT NULL,
	"asked" jsonb NOT NULL,
	CONSTRAINT "audience_identity_unique" UNIQUE("identity")
);
--> statement-breakpoint
CREATE TABLE "chart" (
	"person" integer NOT NULL,
	"custodian" integer NOT NULL,
	CONSTRAINT "chart_person_custodian_pk" PRIMARY KEY("person","custodian")
);
--> statement-breakpoint
CREATE TABLE "crosswalk" (
	"key" serial PRIMARY KEY NOT NULL,
	"organization" integer NOT NULL,
	"person" integer NOT NULL,
	"patient" text NOT NULL,
	"system" text,
	"value" text
);
--> statement-breakpoint
CREATE TABLE "default_row" (
	"key" serial PRIMARY KEY NOT NULL,
	"label" text,
	"class" text,
	"purpose" text,
	"state" text,
	"effect" text NOT NULL,
	"citation" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "directive" (
	"consent" text PRIMARY KEY NOT NULL,
	"person" integer,
	"effective" boolean NOT NULL,
	"custodians" integer[],
	"compiled" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organization" (
	"key" serial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"class" text,
	"part2" boolean DEFAULT false NOT NULL,
	"part_of" text,
	"principal" text,
	"state" text,
	"channels" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"policies" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "organization_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "permit" (
	"audience" integer NOT NULL,
	"person" integer NOT NULL,
	"custodian" integer NOT NULL,
	"valid" "tstzrange" NOT NULL,
	"allowed" bigint NOT NULL,
	"vetoed" bigint NOT NULL,
	"ordinary" bigint NOT NULL,
	"specific" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "person" (
	"key" serial PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rule" (
	"audience" integer NOT NULL,
	"person" integer NOT NULL,
	"custodian" integer NOT NULL,
	"valid" "tstzrange" NOT NULL,
	"consent" text NOT NULL,
	"depth" smallint NOT NULL,
	"permits" boolean NOT NULL,
	"vetoes" boolean NOT NULL,
	"mask" bigint NOT NULL,
	"criteria" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dates" (
	"resource" bigint NOT NULL,
	"type" text NOT NULL,
	"param" text NOT NULL,
	"low" timestamp with time zone NOT NULL,
	"high" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "history" (
	"key" bigserial PRIMARY KEY NOT NULL,
	"mask" bigint NOT NULL,
	"updated" timestamp with time zone NOT NULL,
	"low" timestamp with time zone,
	"high" timestamp with time zone,
	"person" integer,
	"custodian" integer NOT NULL,
	"submitter" integer NOT NULL,
	"confidentiality" smallint NOT NULL,
	"open" boolean NOT NULL,
	"held" boolean NOT NULL,
	"deleted" boolean NOT NULL,
	"richer" bigint[],
	"type" text NOT NULL,
	"id" text NOT NULL,
	"version" text NOT NULL,
	"author" text,
	"others" integer[],
	"refs" text[] NOT NULL,
	"codes" text[],
	"labels" jsonb NOT NULL,
	"content" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "holding" (
	"type" text NOT NULL,
	"id" text NOT NULL,
	"organization" integer NOT NULL,
	"allowed" bigint NOT NULL,
	"basis" jsonb NOT NULL,
	CONSTRAINT "holding_type_id_organization_pk" PRIMARY KEY("type","id","organization")
);
--> statement-breakpoint
CREATE TABLE "resource" (
	"key" bigserial PRIMARY KEY NOT NULL,
	"mask" bigint NOT NULL,
	"updated" timestamp with time zone NOT NULL,
	"low" timestamp with time zone,
	"high" timestamp with time zone,
	"person" integer,
	"custodian" integer NOT NULL,
	"submitter" integer NOT NULL,
	"confidentiality" smallint NOT NULL,
	"open" boolean NOT NULL,
	"held" boolean DEFAULT false NOT NULL,
	"deleted" boolean DEFAULT false NOT NULL,
	"effective" boolean DEFAULT false NOT NULL,
	"crossing" boolean DEFAULT false NOT NULL,
	"richer" bigint[],
	"type" text NOT NULL,
	"id" text NOT NULL,
	"version" text NOT NULL,
	"author" text,
	"others" integer[],
	"tokens" text[] NOT NULL,
	"refs" text[] NOT NULL,
	"codes" text[],
	"labels" jsonb NOT NULL,
	"content" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "words" (
	"resource" bigint NOT NULL,
	"type" text NOT NULL,
	"param" text NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounting" (
	"key" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"request" text NOT NULL,
	"person" integer NOT NULL,
	"custodian" integer NOT NULL,
	"recipient" text NOT NULL,
	"recipient_class" text NOT NULL,
	"purpose" text NOT NULL,
	"basis" jsonb NOT NULL,
	"description" jsonb NOT NULL,
	"notice" text,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"key" bigserial PRIMARY KEY NOT NULL,
	"id" text DEFAULT gen_random_uuid()::text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"request" text NOT NULL,
	"interaction" text NOT NULL,
	"outcome" text NOT NULL,
	"client" text NOT NULL,
	"organization" text NOT NULL,
	"purpose" text NOT NULL,
	"custodians" integer[],
	"persons" integer[],
	"detail" jsonb NOT NULL,
	CONSTRAINT "audit_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "fact" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identity_review" (
	"key" serial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"patient" text NOT NULL,
	"candidate" text,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"key" bigserial PRIMARY KEY NOT NULL,
	"received" timestamp with time zone NOT NULL,
	"partner" text,
	"channel" text NOT NULL,
	"identity" text,
	"hash" text NOT NULL,
	"raw" "bytea" NOT NULL,
	"state" text NOT NULL,
	"problem" text,
	"answer" text
);
--> statement-breakpoint
CREATE UNIQUE INDEX "crosswalk_identifier" ON "crosswalk" USING btree ("organization","system","value");--> statement-breakpoint
CREATE INDEX "crosswalk_person" ON "crosswalk" USING btree ("person","organization");--> statement-breakpoint
CREATE INDEX "directive_person" ON "directive" USING btree ("person");--> statement-breakpoint
CREATE INDEX "permit_lookup" ON "permit" USING btree ("audience","person","custodian");--> statement-breakpoint
CREATE INDEX "permit_person" ON "permit" USING btree ("person");--> statement-breakpoint
CREATE INDEX "rule_lookup" ON "rule" USING btree ("audience","person","custodian");--> statement-breakpoint
CREATE INDEX "rule_person" ON "rule" USING btree ("person");--> statement-breakpoint
CREATE INDEX "dates_value" ON "dates" USING btree ("type","param","low");--> statement-breakpoint
CREATE INDEX "dates_resource" ON "dates" USING btree ("resource");--> statement-breakpoint
CREATE INDEX "history_identity" ON "history" USING btree ("type","id","updated");--> statement-breakpoint
CREATE UNIQUE INDEX "resource_identity" ON "resource" USING btree ("type","id","mask");--> statement-breakpoint
CREATE INDEX "resource_tokens" ON "resource" USING gin ("tokens") WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "resource_person" ON "resource" USING btree ("person","type",low desc,"id");--> statement-breakpoint
CREATE INDEX "resource_type" ON "resource" USING btree ("type",low desc,"id");--> statement-breakpoint
CREATE INDEX "resource_updated" ON "resource" USING btree ("type","updated");--> statement-breakpoint
CREATE INDEX "words_value" ON "words" USING btree ("type","param",value text_pattern_ops);--> statement-breakpoint
CREATE INDEX "words_resource" ON "words" USING btree ("resource");--> statement-breakpoint
CREATE INDEX "accounting_person" ON "accounting" USING btree ("person","at");--> statement-breakpoint
CREATE INDEX "audit_persons" ON "audit" USING gin ("persons");--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_identity" ON "inbox" USING btree ("identity");