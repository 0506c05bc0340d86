CREATE TABLE "exception" (
	"key" serial PRIMARY KEY NOT NULL,
	"id" text DEFAULT gen_random_uuid()::text NOT NULL,
	"kind" text NOT NULL,
	"person" integer,
	"custodian" integer,
	"organization" integer NOT NULL,
	"client" text,
	"purpose" text NOT NULL,
	"opened" timestamp with time zone NOT NULL,
	"valid" "tstzrange" NOT NULL,
	"allowed" bigint NOT NULL,
	"criteria" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"form" jsonb NOT NULL,
	"finding" text NOT NULL,
	"ended" timestamp with time zone,
	"ended_by" text,
	"reviewed" timestamp with time zone,
	"reviewed_by" text,
	"outcome" text,
	"note" text,
	CONSTRAINT "exception_id_unique" UNIQUE("id"),
	CONSTRAINT "exception_has_end" CHECK (isempty("exception"."valid") OR NOT (lower_inf("exception"."valid") OR upper_inf("exception"."valid"))),
	CONSTRAINT "exception_has_subject" CHECK (isempty("exception"."valid") OR "exception"."person" IS NOT NULL OR "exception"."kind" IN ('audit', 'research') AND "exception"."custodian" IS NOT NULL)
);
--> statement-breakpoint
ALTER TABLE "rule" ADD COLUMN "excepts" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "exception_person" ON "exception" USING btree ("person");--> statement-breakpoint
CREATE INDEX "exception_custodian" ON "exception" USING btree ("custodian");--> statement-breakpoint
-- As before, and what an exception opens comes before consents and denies (CONSENT: several consents, one record, 1).
CREATE OR REPLACE FUNCTION words_on(p_audience int, p_person int, p_custodian int, p_moment timestamptz, p_ordinary bigint,
                         r_type text, r_id text, r_codes text[], r_refs text[], r_author text,
                         r_low timestamptz, r_high timestamptz, r_confidentiality smallint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  WITH matching AS (
    SELECT u.consent, u.depth, u.permits, u.vetoes, u.excepts, u.mask FROM rule u
    WHERE u.audience = p_audience AND u.person = p_person AND u.custodian = p_custodian AND u.valid @> p_moment
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(u.criteria) AS criterion(value)
                      WHERE NOT meets(value, r_type, r_id, r_codes, r_refs, r_author, r_low, r_high, r_confidentiality))
  ), word AS (
    SELECT m.permits, m.vetoes, m.excepts, m.mask & ~coalesce((SELECT bit_or(d.mask) FROM matching d WHERE d.consent = m.consent
      AND (d.depth > m.depth OR d.depth = m.depth AND m.permits AND NOT d.permits)), 0) AS mask
    FROM matching m
  ), verdict AS (
    SELECT coalesce(bit_or(mask) FILTER (WHERE permits), 0) AS permitted, coalesce(bit_or(mask) FILTER (WHERE vetoes), 0) AS vetoed,
      coalesce(bit_or(mask) FILTER (WHERE excepts), 0) AS excepted FROM word
  )
  SELECT ARRAY[((p_ordinary | permitted) & ~vetoed) | excepted, vetoed & ~excepted] FROM verdict
$$;
