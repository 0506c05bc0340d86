/** A flaw that other gateways were seen to have, put back on purpose. */
export interface Mutant {
  /** What would leak, and how. */
  readonly flaw: string
  readonly file: string
  /** A text that stands in the file exactly once, and what it becomes. */
  readonly from: string
  readonly to: string
  /** The tests of which one must fail. */
  readonly tests: readonly string[]
}

const leaks = ['test/contract/leaks/leaks.test.ts']
const cases = ['test/contract/consent-cases.test.ts']
const decision = ['test/laws/decision.test.ts']
const sequences = ['test/laws/sequences.test.ts']

export const mutants: readonly Mutant[] = [
  {
    flaw: '`_has` and chains run without a filter in their subqueries',
    file: 'src/search/conditions/condition.ts',
    from: '    statement.permit.visible(alias, type),',
    to: '    sql`true`,',
    tests: leaks,
  },
  {
    flaw: 'the total counts hidden rows',
    file: 'src/search/search.ts',
    from: 'WHERE ${isWide(plan) ? plan.counting : plan.condition}`',
    to: 'WHERE ${matchSql(plan.query.types, plan.statement)}`',
    tests: leaks,
  },
  {
    flaw: 'the second page skips the consent check',
    file: 'src/search/search.ts',
    from: "condition: and([matched, joined?.visible ?? permit.visibleOfMany('r', type)]),",
    to: "condition: and([matched, turn === undefined ? (joined?.visible ?? permit.visibleOfMany('r', type)) : sql`true`]),",
    tests: leaks,
  },
  {
    flaw: 'a `_has` that is asked row by row counts hidden rows',
    file: 'src/search/conditions/reference.ts',
    from: "AND ${rows({ type, next }, statement, 'c')} OFFSET 0)",
    to: 'OFFSET 0)',
    tests: ['test/search/reading.test.ts'],
  },
  {
    flaw: '`$everything` skips the consent check',
    file: 'src/search/everything.ts',
    from: '      AND (${undated} OR ${dated}) AND NOT r.deleted AND ${joined.visible}`,',
    to: '      AND (${undated} OR ${dated}) AND NOT r.deleted`,',
    tests: ['test/contract/operations/everything.test.ts', ...leaks],
  },
  {
    flaw: '`_include` and batches bring what is hidden',
    file: 'src/search/find.ts',
    from: "    WHERE (${deleted} OR NOT r.deleted) AND ${permit.visible('r')} ORDER BY k.place`)",
    to: '    WHERE (${deleted} OR NOT r.deleted) ORDER BY k.place`)',
    tests: leaks,
  },
  {
    flaw: '`_revinclude` brings what is hidden',
    file: 'src/search/include.ts',
    from: "AND NOT r.deleted AND ${permit.visible('r', type === '*' ? undefined : type)}",
    to: 'AND NOT r.deleted',
    tests: leaks,
  },
  {
    flaw: 'one resource type forgot its filter',
    file: 'src/consent/permit.ts',
    from: "    type === 'Patient' ? sql`(${visible} OR ${released(alias)})` : visible",
    to: "    type === 'Patient' ? sql`(${visible} OR ${released(alias)})` : type === 'Condition' ? sql`true` : visible",
    tests: leaks,
  },
  {
    flaw: 'a record of several patients goes under the consent of the first',
    file: 'src/store/prepare.ts',
    from: '    others: all.filter((other) => other !== person),',
    to: '    others: [],',
    tests: cases,
  },
  {
    flaw: 'any label that is permitted opens the record',
    file: 'src/consent/permit.ts',
    from: 'const plain = (allowed: SQL): SQL => sql`(${r}.mask & ~${allowed}) = 0`',
    to: 'const plain = (allowed: SQL): SQL => sql`(${r}.mask & ${allowed}) <> 0`',
    tests: cases,
  },
  {
    flaw: 'redaction is inverted',
    file: 'src/redact/pruned.ts',
    from: '.filter(({ reference }) => gone.has(',
    to: '.filter(({ reference }) => !gone.has(',
    tests: leaks,
  },
  {
    flaw: 'a consent without its elements counts',
    file: 'src/consent/directive.ts',
    from: '    void: voided,',
    to: '    void: [],',
    tests: cases,
  },
  {
    flaw: 'a consent that lacks an element of 42 CFR 2.31 opens Part 2 records',
    file: 'src/consent/directive.ts',
    from: '    deficient,\n',
    to: '    deficient: [],\n',
    tests: cases,
  },
  {
    flaw: 'what a provision cannot say counts as no restriction',
    file: 'src/consent/match.ts',
    from: "    case 'unevaluable':\n      return undefined",
    to: "    case 'unevaluable':\n      return true",
    tests: [...cases, ...decision],
  },
  {
    flaw: 'nested provisions flip the decision',
    file: 'src/consent/compile.ts',
    from: 'one.depth - other.depth || Number(other.permits)',
    to: 'other.depth - one.depth || Number(other.permits)',
    tests: [...cases, ...decision],
  },
  {
    flaw: 'of the R4 `code` array only the first is read',
    file: 'src/consent/criteria.ts',
    from: '    provision.code?.flatMap(',
    to: '    provision.code?.slice(0, 1).flatMap(',
    tests: cases,
  },
  {
    flaw: 'a disclosure leaves without its record',
    file: 'src/disclose.ts',
    from: '  await recordDisclosure(services, caller, ask, released, answer)\n',
    to: '',
    tests: ['test/contract/record.test.ts'],
  },
  {
    flaw: 'what is masked in the output can be searched',
    file: 'src/store/write.ts',
    from: 'indexRows(cut.resource,',
    to: 'indexRows(change.resource,',
    tests: leaks,
  },
  {
    flaw: 'the narrative of what cites a hidden record stays',
    file: 'src/redact/pruned.ts',
    from: "  return without(resource, [...paths, ['text']])",
    to: '  return without(resource, paths)',
    tests: ['test/contract/redaction.test.ts'],
  },
  {
    flaw: 'a reference tells the name of the Part 2 program',
    file: 'src/store/prepare.ts',
    from: 'organization !== undefined && common.organizations.get(organization)?.part2 === true,',
    to: 'organization !== undefined && common.organizations.size < 0,',
    tests: ['test/contract/redaction.test.ts'],
  },
  {
    flaw: 'history shows versions that are hidden',
    file: 'src/search/versions.ts',
    from: "const all = [...asked, permit.visible('r', onlyType(whose)), once]",
    to: 'const all = [...asked, once]',
    tests: leaks,
  },
  {
    flaw: 'a search that names a hidden record finds what cites it',
    file: 'src/search/conditions/reference.ts',
    from: 'return sql`(${narrowed}${cited} AND ${shown[at] ?? sql`true`})`',
    to: 'return sql`(${narrowed}${cited} AND (${shown[at] ?? sql`true`} OR true))`',
    tests: leaks,
  },
  {
    flaw: 'the stored Consent is shown to partners',
    file: 'src/consent/label.ts',
    from: "resource.resourceType === 'Consent' ? [{ label: 'stored-consent', basis: 'kind' } as const]",
    to: "resource.resourceType === 'Consent' ? []",
    tests: ['test/contract/hidden.test.ts'],
  },
  {
    flaw: 'psychotherapy notes are like any other record inside',
    file: 'src/consent/labels.ts',
    from: "export const notes: Mask = bits('PSYTHPN', 'counseling-notes')",
    to: "export const notes: Mask = bits('counseling-notes')",
    tests: cases,
  },
  {
    flaw: 'a consent to treatment covers break-glass',
    file: 'src/consent/purposes.ts',
    from: "  if (effect === 'permit' && kinds(asked).some((kind) => kind === 'ETREAT' || kind === 'HLEGAL'))\n    return stated === asked\n",
    to: '',
    tests: cases,
  },
  {
    flaw: 'public health opens Part 2 records',
    file: 'src/consent/compile.ts',
    from: "isShort || kinds(asked.purpose).includes('PUBHLTH')",
    to: 'isShort',
    tests: [...cases, ...decision],
  },
  {
    flaw: 'a remembered caller outlives its token',
    file: 'src/consent/permit.ts',
    from: '    token === undefined\n',
    to: '    token !== undefined || token === undefined\n',
    tests: ['test/contract/callers.test.ts'],
  },
  {
    flaw: 'a parent reads what the minor alone consented to',
    file: 'src/consent/defaults.ts',
    from: '    permitted: permitted & ~closed,\n',
    to: '    permitted,\n',
    tests: ['test/contract/representatives/representatives.test.ts'],
  },
  {
    flaw: 'a representative is let in by rows that are for everybody',
    file: 'src/consent/defaults.ts',
    from: "facts.table.filter((row) => row.class === 'representative' && row.state !== null)",
    to: 'facts.table',
    tests: ['test/contract/representatives/representatives.test.ts'],
  },
  {
    flaw: 'the trail tells a patient of a report that is withheld',
    file: 'src/api/audit-event.ts',
    from: 'return toldTo(ofPerson(personSql(asked.patient)))',
    to: 'return ofPerson(personSql(asked.patient))',
    tests: ['test/contract/exceptions/report.test.ts'],
  },
  {
    flaw: 'a conditional create finds what is hidden',
    file: 'src/exchange/address.ts',
    from: '    { permit, base: fhirBase(services), parameters, toBase, terminology, common },',
    to: "    { permit: await import('drizzle-orm').then(({ sql }) => ({ ...permit, visibleOfMany: () => sql.raw('true'), joined: (alias: string) => ({ ...permit.joined(alias), visible: sql.raw('true') }) })), base: fhirBase(services), parameters, toBase, terminology, common },",
    tests: sequences,
  },
  {
    flaw: 'an update overwrites what its writer does not see',
    file: 'src/exchange/merged.ts',
    from: 'if (full.deleted || isWhole) return own',
    to: 'if (full.deleted || isWhole || seen.version !== undefined) return own',
    tests: sequences,
  },
  {
    flaw: 'a patch is applied to all that is stored',
    file: 'src/exchange/identify.ts',
    from: 'patched(submission, seen, settling) : submission',
    to: "patched(submission, { ...seen, hidden: [], content: settling.current.get(`${type}/${id}`)?.at(-1)?.content ?? '' }, settling) : submission",
    tests: sequences,
  },
  {
    flaw: 'a write of what is hidden is forbidden, not unknown',
    file: 'src/exchange/identify.ts',
    from: '  if (seen === undefined)\n    return method',
    to: "  if (seen === undefined && settling.current.has(`${type}/${id}`)) return refuse({ kind: 'forbidden', text: 'this is not for you' })\n  if (seen === undefined)\n    return method",
    tests: sequences,
  },
  {
    flaw: 'what was deleted is gone for those who never saw it',
    file: 'src/exchange/identify.ts',
    from: '  if (seen === undefined)\n    return method',
    to: "  if (seen === undefined && settling.current.get(`${type}/${id}`)?.every(({ deleted }) => deleted) === true) return refuse({ kind: 'gone' })\n  if (seen === undefined)\n    return method",
    tests: sequences,
  },
  {
    flaw: 'a delete takes what its sender does not see',
    file: 'src/store/tombstones.ts',
    from: '  return prior.filter(({ mask }) => (BigInt(mask) & covered) === 0n)',
    to: '  return covered === 1n ? [] : prior',
    tests: sequences,
  },
  {
    flaw: 'a record may cite what its writer does not see',
    file: 'src/exchange/citations.ts',
    from: '  const missing = cited.filter(({ reference }) => !found.has(reference))',
    to: "  const missing = cited.filter(({ reference }) => !found.has(reference) && reference.endsWith('/nothing'))",
    tests: sequences,
  },
  {
    flaw: 'a version is matched by any cut of it',
    file: 'src/exchange/identify.ts',
    from: '  if (!versions.includes(seen.version))',
    to: '  if (!versions.some((version) => version !== undefined))',
    tests: sequences,
  },
  {
    flaw: 'a deleted cut comes back when a richer one is written',
    file: 'src/store/tombstones.ts',
    from: '  return !returns',
    to: '  return returns && !returns',
    tests: ['test/contract/blind-writes.test.ts'],
  },
  {
    flaw: 'a hidden record is counted in the total of a search',
    file: 'src/search/search.ts',
    from: 'WHERE ${isWide(plan) ? plan.counting : plan.condition}`',
    to: 'WHERE ${matchSql(plan.query.types, plan.statement)}`',
    tests: ['test/laws/two-run.test.ts'],
  },
]
