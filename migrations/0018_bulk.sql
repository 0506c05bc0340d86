CREATE TABLE "export_job" (
	"key" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "export_job_key_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" text NOT NULL,
	"client" text NOT NULL,
	"audience" integer NOT NULL,
	"scope" text NOT NULL,
	"asked" text NOT NULL,
	"moment" timestamp with time zone NOT NULL,
	"horizon" text NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"step" integer DEFAULT 0 NOT NULL,
	"position" jsonb NOT NULL,
	"files" jsonb,
	"notes" jsonb NOT NULL,
	"faults" smallint DEFAULT 0 NOT NULL,
	"begun" timestamp with time zone NOT NULL,
	"lease" timestamp with time zone NOT NULL,
	"expires" timestamp with time zone NOT NULL,
	"polled" timestamp with time zone NOT NULL,
	"polls" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "export_job_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "export_line" (
	"job" integer NOT NULL,
	"deleted" boolean NOT NULL,
	"type" text NOT NULL,
	"id" text NOT NULL,
	"version" text NOT NULL,
	CONSTRAINT "export_line_job_deleted_type_id_pk" PRIMARY KEY("job","deleted","type","id")
);
--> statement-breakpoint
CREATE TABLE "export_patient" (
	"job" integer NOT NULL,
	"id" text NOT NULL,
	CONSTRAINT "export_patient_job_id_pk" PRIMARY KEY("job","id")
);
--> statement-breakpoint
CREATE TABLE "ndjson_import" (
	"key" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ndjson_import_key_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"custodian" text NOT NULL,
	"trusted" boolean NOT NULL,
	"files" jsonb NOT NULL,
	"place" jsonb NOT NULL,
	"stored" integer DEFAULT 0 NOT NULL,
	"started" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "export_job_waiting" ON "export_job" USING btree ("lease") WHERE state IN ('running', 'gone');--> statement-breakpoint
CREATE INDEX "export_job_expires" ON "export_job" USING btree ("expires");