import { type SQL, sql } from 'drizzle-orm'
import { unaccepted } from '../consent/labels.ts'
import { type Connection, list } from './database.ts'
import { policyBearing } from './effects.ts'

/** Something that waits for an officer, whatever it is. */
export interface Waiting {
  /** `exception/<id>`, `report/<id>`, `identity/<number>`, `validation/<reference>`, or the reference of policy-bearing data. */
  readonly item: string
  readonly queue: 'exception' | 'report' | 'identity' | 'policy' | 'validation'
  readonly since: string
  /** Whose officer it waits for; null where it concerns no custodian, or every one. */
  readonly custodian: string | null
  readonly patients: readonly string[]
  readonly what: string
}

/**
 * All that waits, oldest first: exceptions and reports that nobody reviewed, Patients of whom it is not settled who they
 * are, policy-bearing data that changes nothing until it is accepted (CONSENT rules, sections 2 and 5), and what is held
 * for not conforming to a profile. A new version of what was refused waits again.
 */
export const listWaiting = (connection: Connection): Promise<Waiting[]> =>
  connection.query<Waiting>(sql`SELECT item, queue, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since, custodian, patients, what
    FROM (${exceptions} UNION ALL ${identities} UNION ALL ${policies} UNION ALL ${validations}) waiting ORDER BY waiting.since, item`)

const exceptions: SQL = sql`SELECT CASE WHEN x.kind LIKE '%-report' THEN 'report' ELSE 'exception' END || '/' || x.id AS item,
    CASE WHEN x.kind LIKE '%-report' THEN 'report' ELSE 'exception' END AS queue, x.opened AS since, 'Organization/' || c.id AS custodian,
    ARRAY(SELECT 'Patient/' || p.id FROM resource p WHERE p.type = 'Patient' AND p.richer IS NULL AND NOT p.deleted AND p.person = x.person
      AND (x.custodian IS NULL OR p.custodian = x.custodian) ORDER BY p.key) AS patients,
    x.kind || ' for ' || o.name || CASE x.finding WHEN 'opened' THEN '' ELSE ', opened nothing: ' || x.finding END AS what
  FROM exception x JOIN organization o ON o.key = x.organization LEFT JOIN organization c ON c.key = x.custodian
  WHERE x.reviewed IS NULL`

const identities: SQL = sql`SELECT 'identity/' || i.key, 'identity', i.at, 'Organization/' || o.id, ARRAY[i.patient] || coalesce(ARRAY[i.candidate], '{}'),
    'is ' || i.patient || ' the same as ' || coalesce(i.candidate, 'anybody') || '? ' || i.reason
  FROM identity_review i JOIN resource p ON p.type = 'Patient' AND p.id = split_part(i.patient, '/', 2) AND p.richer IS NULL AND NOT p.deleted
    JOIN organization o ON o.key = p.custodian
  WHERE NOT EXISTS (SELECT FROM settlement s WHERE s.subject = 'identity/' || i.key)`

const policies: SQL = sql`SELECT r.type || '/' || r.id, 'policy', r.updated, 'Organization/' || o.id,
    ARRAY(SELECT 'Patient/' || p.id FROM resource p WHERE p.type = 'Patient' AND p.richer IS NULL AND NOT p.deleted AND p.person = r.person
      AND p.custodian = r.custodian ORDER BY p.key),
    r.type || ' from ' || coalesce(s.name, 'somebody') || ' changes no decision until it is accepted'
  FROM resource r JOIN organization o ON o.key = r.custodian LEFT JOIN organization s ON s.key = r.submitter
  WHERE r.type = ANY(${list([...policyBearing], 'text')}) AND NOT r.effective AND NOT r.deleted AND r.richer IS NULL
    AND NOT EXISTS (SELECT FROM settlement s WHERE s.subject = r.type || '/' || r.id AND s.version = r.version)`

/** As the partial index on `resource` has it: a queue that is short. What is held by what it cites waits with that. */
const isHeld = sql.raw(`(r.mask & ${unaccepted}) <> 0`)

const validations: SQL = sql`SELECT 'validation/' || r.type || '/' || r.id, 'validation', r.updated, 'Organization/' || o.id,
    ARRAY(SELECT 'Patient/' || p.id FROM resource p WHERE p.type = 'Patient' AND p.richer IS NULL AND NOT p.deleted AND p.person = r.person
      AND p.custodian = r.custodian ORDER BY p.key),
    r.type || ' from ' || coalesce(s.name, 'somebody') || ' does not conform to a profile and is held until it is accepted'
  FROM resource r JOIN organization o ON o.key = r.custodian LEFT JOIN organization s ON s.key = r.submitter
  WHERE ${isHeld} AND NOT r.deleted AND r.richer IS NULL AND r.labels @> '[{"label": "not-conforming", "basis": "kind"}]'::jsonb
    AND NOT EXISTS (SELECT FROM settlement s WHERE s.subject = 'validation/' || r.type || '/' || r.id AND s.version = r.version)`
