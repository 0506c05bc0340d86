import type { ValueSet } from 'fhir/r4'
import type { Grant } from '../../../authorize/grant.ts'
import type { Permit } from '../../../consent/permit.ts'
import { localReference } from '../../../fhir/references.ts'
import { invalid, refuse } from '../../../problem.ts'
import { findOne, type FoundRow } from '../../../search/find.ts'
import type { KnownSystem } from '../../../search/terminology/concepts.ts'
import { drawnOn, readStored, type WithStored } from '../../../search/terminology/stored.ts'
import { fhirBase, type Services } from '../../../services.ts'
import type { Connection } from '../../../store/database.ts'
import { codesOf } from '../../../terminology/code-system.ts'
import { canonicalParts, compose, composeSet, findSet, isUnlisted } from '../../../terminology/compose.ts'
import type { Selection, Unlisted } from '../../../terminology/selection.ts'
import type { Asked } from '../operation.ts'
import { resource, text } from './given.ts'

/** By what a question about terminology is answered. */
export interface Asking {
  readonly services: Services
  readonly connection: Connection
  readonly grant: Grant
  readonly permit: Permit
}

/** What is known of some URLs: shipped, stored as far as the token may read it, and imported. */
export const readKnown = (
  { services, connection, grant, permit }: Asking,
  urls: readonly string[],
): Promise<WithStored> =>
  readStored(connection, permit, services.terminology, {
    urls,
    types: (['ValueSet', 'CodeSystem'] as const).filter((type) => grant.allows(type, 'r')),
  })

/** The row that an operation at instance level is called on: what is hidden and what does not exist are alike. */
export const demandRow = async (
  { connection, permit }: Asking,
  type: string,
  id: string,
): Promise<FoundRow> => {
  const row = await findOne(connection, permit, type, id)
  if (row === undefined) return refuse({ kind: 'not-found' })
  return row.deleted ? refuse({ kind: 'gone' }) : row
}

/** A value set as it is asked for: what it selects, and what it was read from. */
export interface AskedSet extends WithStored {
  readonly selection: Selection
  /** The value set itself, where there is more of it than its codes. */
  readonly set: ValueSet | undefined
  readonly url: string | undefined
}

/** The value set that is asked for, by its instance, its URL and version, or as it was sent along. */
export const readAskedSet = async (asking: Asking, asked: Asked): Promise<AskedSet> => {
  const { given, id } = asked
  const [url, sent, version] = [
    text(given, 'url'),
    resource(asked, 'valueSet', 'ValueSet'),
    text(given, 'valueSetVersion'),
  ]
  const ways = [id, url, sent].filter((way) => way !== undefined)
  if (ways.length !== 1)
    invalid(
      id === undefined
        ? 'give exactly one of `url` and `valueSet`'
        : 'the address names the value set: leave `url` and `valueSet` out',
      'url',
      ways.length === 0 ? 'required' : 'value',
    )
  if (url !== undefined) return readByCanonical(asking, url, version)
  const row = id === undefined ? undefined : await demandRow(asking, 'ValueSet', id)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- stored as a ValueSet
  const set = sent ?? (JSON.parse(row?.content ?? '{}') as ValueSet)
  if (version !== undefined && set.version !== version) return unknownSet('valueSetVersion')
  const { loaded, rows } = await readKnown(asking, drawnOn(set))
  const selection = composeSet(loaded, set)
  return {
    loaded,
    rows:
      row === undefined
        ? rows
        : [row, ...rows.filter(({ type, id: other }) => type !== 'ValueSet' || other !== id)],
    set,
    url: set.url,
    selection: isUnlisted(selection) ? refuseUnlisted(selection) : selection,
  }
}

const readByCanonical = async (
  asking: Asking,
  url: string,
  version: string | undefined,
): Promise<AskedSet> => {
  const canonical = localReference(url, fhirBase(asking.services)) ?? url
  const [bare, named] = canonicalParts(canonical)
  if (version !== undefined && named !== undefined && named !== version)
    invalid('`url` and `valueSetVersion` name different versions', 'valueSetVersion', 'value')
  const wanted = version === undefined ? canonical : `${bare}|${version}`
  const { loaded, rows } = await readKnown(asking, [bare])
  const selection = compose(loaded, wanted)
  const set = findSet(loaded, wanted)
  return {
    loaded,
    rows,
    set,
    url: set === undefined ? bare : set.url,
    selection: isUnlisted(selection) ? refuseUnlisted(selection) : selection,
  }
}

const unknownSet = (expression: string): never =>
  refuse({
    kind: 'unknown',
    text: 'no value set of this URL and version is known here; store it as a ValueSet first',
    expression,
  })

/** Says why the codes of a value set cannot be told. */
const refuseUnlisted = ({ unlisted, at }: Unlisted): never => {
  switch (unlisted) {
    case 'unknown-set':
      return at === 'ValueSet'
        ? unknownSet('url')
        : invalid('the value set draws on another that is not known here in this version', at, 'not-found')
    case 'unknown-system':
      return invalid(
        'the value set draws on a code system that is not known here in this version; store or import it first',
        at,
        'not-found',
      )
    case 'incomplete':
      return invalid(
        'the code system is kept here in part only, so its codes cannot be listed',
        at,
        'not-supported',
      )
    case 'filter':
      return invalid(
        'the filter cannot be evaluated here: its property, operation or hierarchy is not known',
        at,
        'not-supported',
      )
    case 'circular':
      return invalid('the value set draws on itself', at, 'processing')
    case 'too-large':
      return invalid(
        'the value set draws on too many others, or lists too many codes; ask for a part of it',
        at,
        'too-costly',
      )
    case 'undefined':
      return invalid('the value set does not say what it is composed of', at, 'not-supported')
  }
}

/** A code system as it is asked for: imported, or as a CodeSystem has it. */
export interface AskedSystem extends WithStored, KnownSystem {
  readonly url: string
}

/** A code system by its URL and, where one is named, its version. */
export const readSystem = async (
  asking: Asking,
  url: string,
  version: string | undefined,
  parameter: string,
): Promise<AskedSystem> => {
  const [bare, named = version] = canonicalParts(url)
  const known = await readKnown(asking, [bare])
  const from = known.loaded.imported.get(bare)
  const codes = from === undefined ? known.loaded.systems.get(bare) : undefined
  const own = from ?? codes
  if (own === undefined || (named !== undefined && own.version !== named))
    return refuse({
      kind: 'unknown',
      text: 'no code system of this URL and version is known here; import it, or store it as a CodeSystem first',
      expression: parameter,
    })
  return { ...known, url: bare, from, codes }
}

/** The code system that an operation is called on, or that was sent along. */
export const readOwnSystem = async (asking: Asking, asked: Asked): Promise<AskedSystem | undefined> => {
  const sent = resource(asked, 'codeSystem', 'CodeSystem')
  if (sent !== undefined && asked.id !== undefined)
    invalid('the address names the code system: leave `codeSystem` out', 'codeSystem', 'value')
  const row = asked.id === undefined ? undefined : await demandRow(asking, 'CodeSystem', asked.id)
  if (sent === undefined && row === undefined) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- stored as a CodeSystem
  const codes = codesOf(sent ?? (JSON.parse(row?.content ?? '{}') as Parameters<typeof codesOf>[0]))
  const { terminology: loaded } = asking.services
  return { loaded, rows: row === undefined ? [] : [row], url: codes.url, from: undefined, codes }
}
