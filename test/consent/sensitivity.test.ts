import { describe, expect, it } from 'vitest'
import { sensitivityTables, type SensitivityLabel } from '../../mappings/sensitivity/index.ts'
import { codeLabels } from '../../src/consent/label.ts'
import abuse from '../cases/sensitivity/abuse-and-violence.json' with { type: 'json' }
import substances from '../cases/sensitivity/alcohol-and-drugs.json' with { type: 'json' }
import hiv from '../cases/sensitivity/hiv.json' with { type: 'json' }
import mental from '../cases/sensitivity/mental-health.json' with { type: 'json' }
import prefixes from '../cases/sensitivity/prefixes.json' with { type: 'json' }
import sexuality from '../cases/sensitivity/sexuality.json' with { type: 'json' }
import std from '../cases/sensitivity/std.json' with { type: 'json' }

interface Entry {
  readonly system: string
  readonly code: string
  readonly what: string
  readonly expect: string | null
  readonly why: string
}

interface Family {
  readonly labels: readonly SensitivityLabel[]
  readonly recall: number
  readonly precision: number
}

/** A consent speaks of families: a code that lands on a sibling is still withheld, one that lands elsewhere is not. */
const families: Readonly<Record<string, Family>> = {
  SUD: { labels: ['SUD', 'ETH', 'ETHUD', 'OPIOIDUD'], recall: 0.97, precision: 0.95 },
  HIV: { labels: ['HIV'], recall: 0.95, precision: 0.95 },
  STD: { labels: ['STD'], recall: 0.95, precision: 0.95 },
  'SDV/VIO': { labels: ['SDV', 'VIO'], recall: 0.95, precision: 0.95 },
  'SEX/GDIS': { labels: ['SEX', 'GDIS'], recall: 0.95, precision: 0.95 },
  'MH/PSY': { labels: ['MH', 'PSY', 'PSYTHPN', 'BH'], recall: 0.95, precision: 0.95 },
}

const entries: readonly Entry[] = [...substances, ...hiv, ...std, ...abuse, ...sexuality, ...mental]

/** Faults that are known and borne, as `told` words them. */
const known: readonly string[] = []

const labelOf = codeLabels(sensitivityTables)
const judged = entries.map((entry) => ({ ...entry, got: labelOf(entry.system, entry.code) ?? null }))

const isOf = (family: Family, label: string | null): boolean => family.labels.some((own) => own === label)

const told = (entry: (typeof judged)[number]): string =>
  `${entry.system}|${entry.code} is ${entry.got ?? 'nothing'}, not ${entry.expect ?? 'nothing'}: ${entry.what}`

const measured = (family: Family) => {
  const wanted = judged.filter((it) => isOf(family, it.expect))
  const given = judged.filter((it) => isOf(family, it.got))
  const both = wanted.filter((it) => isOf(family, it.got)).length
  return {
    codes: wanted.length,
    recall: both / wanted.length,
    precision: both / given.length,
    exact: wanted.filter((it) => it.got === it.expect).length / wanted.length,
    faults: [...new Set([...wanted, ...given])].filter((it) => it.got !== it.expect).map(told),
  }
}

describe('the set of coded entries', () => {
  it('is large enough, half of it ordinary, and names each code once', () => {
    const ordinary = entries.filter((it) => it.expect === null).length
    const places = entries.map((it) => `${it.system}|${it.code}`)
    expect(entries.length).toBeGreaterThanOrEqual(400)
    expect(ordinary / entries.length).toBeGreaterThan(0.4)
    expect(places.filter((it, place) => places.indexOf(it) !== place)).toEqual([])
  })
})

describe('the sensitivity tables, measured on coded entries', () => {
  it.each(Object.entries(families))('%s: recall and precision hold', (name, family) => {
    const { codes, recall, precision, exact, faults } = measured(family)
    const figures = [recall, precision, exact].map((it) => it.toFixed(3))
    console.info(
      [`${name}: ${codes} codes; recall, precision, exact label ${figures.join(', ')}`, ...faults].join(
        '\n  ',
      ),
    )
    expect(recall, faults.join('\n')).toBeGreaterThanOrEqual(family.recall)
    expect(precision, faults.join('\n')).toBeGreaterThanOrEqual(family.precision)
  })

  it('find all that they found before', () => {
    expect(judged.filter((it) => it.got !== it.expect).map(told)).toEqual(known)
  })

  it.each(Object.entries(prefixes))('%s: no prefix is gone, none is new', (system, pinned) => {
    const rows = sensitivityTables.filter((it) => it.system === system).flatMap((it) => it.rows)
    const kept = rows.flatMap((it) => (it.prefix === undefined ? [] : [[it.prefix, it.label]]))
    expect(Object.fromEntries(kept)).toEqual(pinned)
  })
})
