CREATE TABLE "minor_row" (
	"key" serial PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"label" text NOT NULL,
	"minimum_age" smallint NOT NULL,
	"signs" text NOT NULL,
	"since" date,
	"until" date,
	"citation" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "report_row" (
	"key" serial PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"kind" text NOT NULL,
	"agency" text NOT NULL,
	"citation" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settlement" (
	"subject" text NOT NULL,
	"version" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"by" text NOT NULL,
	"outcome" text NOT NULL,
	"note" text NOT NULL,
	CONSTRAINT "settlement_subject_version_pk" PRIMARY KEY("subject","version")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "report_row_subject" ON "report_row" USING btree ("state","kind");--> statement-breakpoint
-- A permit that reaches any record of a custodian also releases that custodian's Patient, unless one vetoes it
-- (CONSENT: who holds what): asked of a Patient that is not visible by its own labels, of its poorest cut. A mandated report
-- (bit 54) was written for its reader and is no record that a permit reaches: it releases nobody (42 CFR 2.12(c)(6)).
CREATE OR REPLACE FUNCTION released_on(q_audience int, q_moment timestamptz, q_own int, q_organization int, q_home int, q_system boolean, q_user text,
    q_every bigint, q_mine bigint, q_inside bigint, q_notes bigint, r_mask bigint, allowed bigint,
    r_id text, r_person int, r_custodian int, r_author text, r_codes text[], r_refs text[], r_low timestamptz, r_high timestamptz, r_confidentiality smallint)
  RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  vetoed bigint := 0;
  own permit%ROWTYPE;
BEGIN
  IF (r_mask & ~allowed) = 0 THEN RETURN false; END IF;
  SELECT * INTO own FROM permit p WHERE p.audience = q_audience AND p.person = r_person AND p.custodian = r_custodian AND p.valid @> q_moment;
  IF own.specific THEN
    vetoed := (words_on(q_audience, r_person, r_custodian, q_moment, own.ordinary, 'Patient', r_id, r_codes, r_refs, r_author, r_low, r_high, r_confidentiality))[2];
  ELSE
    vetoed := coalesce(own.vetoed, 0);
  END IF;
  IF (r_mask & vetoed) <> 0 THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM resource q WHERE q.type = 'Patient' AND q.id = r_id AND q.mask <> r_mask AND (q.mask & ~r_mask) = 0) THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM resource o WHERE o.person = r_person AND o.custodian = r_custodian AND o.type <> 'Patient' AND NOT o.deleted
    AND (o.mask & 18014398509481984) = 0
    AND visible_on(o.mask, o.richer, allowed_on(q_audience, q_moment, q_own, q_organization, q_home, q_system, q_user, q_every, q_mine, q_inside, q_notes,
      o.type, o.id, o.open, o.held, o.person, o.others, o.custodian, o.submitter, o.author, o.codes, o.refs,
      coalesce(o.low, o.updated), coalesce(o.high, o.updated), o.confidentiality)));
END $$;
