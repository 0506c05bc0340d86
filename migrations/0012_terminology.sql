-- The words of a term, for the search by the beginnings of words (ValueSet/$expand, filter).
CREATE FUNCTION words_of(term text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('pg_catalog.simple'::regconfig, regexp_replace(term, '[^[:alnum:]]+', ' ', 'g'))
$$;
--> statement-breakpoint
CREATE TABLE "code_release" (
	"key" serial PRIMARY KEY NOT NULL,
	"system" text NOT NULL,
	"version" text NOT NULL,
	"name" text NOT NULL,
	"stage" text NOT NULL,
	"files" jsonb NOT NULL,
	"faults" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"unread" integer DEFAULT 0 NOT NULL,
	"concepts" integer DEFAULT 0 NOT NULL,
	"started" timestamp with time zone NOT NULL,
	"ended" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "concept" (
	"release" integer NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"display" text,
	"active" boolean NOT NULL,
	"properties" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "concept_release_code_pk" PRIMARY KEY("release","code")
);
--> statement-breakpoint
CREATE TABLE "concept_parent" (
	"release" integer NOT NULL,
	"child" text COLLATE "C" NOT NULL,
	"parent" text COLLATE "C" NOT NULL,
	CONSTRAINT "concept_parent_release_child_parent_pk" PRIMARY KEY("release","child","parent")
);
--> statement-breakpoint
CREATE TABLE "concept_term" (
	"release" integer NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"term" text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "code_release_current" ON "code_release" USING btree ("system") WHERE stage = 'current';--> statement-breakpoint
CREATE UNIQUE INDEX "code_release_coming" ON "code_release" USING btree ("system") WHERE stage = 'coming';--> statement-breakpoint
CREATE INDEX "concept_parent_down" ON "concept_parent" USING btree ("release","parent","child");--> statement-breakpoint
CREATE UNIQUE INDEX "concept_term_each" ON "concept_term" USING btree ("release","code",md5(term));--> statement-breakpoint
CREATE INDEX "concept_term_words" ON "concept_term" USING gin (words_of(term));