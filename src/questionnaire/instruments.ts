import type { Questionnaire } from 'fhir/r4'
import { scoringTables } from '../../mappings/instruments/index.ts'

/** A LOINC code with its name, or with words of our own; some instruments have no code for their total. */
export interface Named {
  readonly code?: string
  readonly display?: string
  readonly text?: string
}

/** Scores from `from` up to the next band. */
export interface Band {
  readonly from: number
  readonly text: string
  /** What else must have been answered, or the band before it holds. */
  readonly also?: readonly { readonly linkId: string; readonly from: number }[]
}

/** An item that counts, and what each of its answers counts, in the order in which they are printed. */
export interface ScoredItem {
  readonly linkId: string
  /** Where the place of the answer is its score: the highest there is. */
  readonly most?: number
  /** Where it is not: what each place counts. */
  readonly scores?: readonly number[]
  /** Answered by a boolean or a coded yes or no; then `scores` are those of no and yes. */
  readonly answers?: 'yes-no'
  /** Asked only where this other item was answered above 0. */
  readonly onlyAfter?: string
}

export interface Subscale {
  readonly name: string
  readonly items: readonly string[]
  /** Met where at least so many items score at least `from`. */
  readonly criterion?: { readonly from: number; readonly least: number }
  /** Positive from this sum on. */
  readonly positive?: number
}

/** An answer that asks for a clinician at once, whatever the total. */
export interface Flag {
  readonly linkId: string
  readonly from: number
  readonly text: string
}

/** How one instrument is scored (`mappings/instruments/`). */
export interface Instrument {
  readonly url: string
  readonly panel: Named
  readonly total?: Named
  /** Whether its items are shipped, or brought by the site that holds a license. */
  readonly text: 'shipped' | 'site'
  readonly items: readonly ScoredItem[]
  /** The items that the total sums; all, where nothing is said. */
  readonly counts?: readonly string[]
  /** Ascending; the first starts at 0. */
  readonly bands?: readonly Band[]
  readonly bandsBy?: { readonly female: readonly Band[]; readonly male: readonly Band[] }
  readonly subscales?: readonly Subscale[]
  /** Instead of a sum: how many of these have an item that was answered above 0. */
  readonly types?: readonly { readonly name: string; readonly items: readonly string[] }[]
  readonly flags?: readonly Flag[]
  /** So many items may be blank, and count this. */
  readonly missing?: { readonly most: number; readonly counts: number }
  /** Instead of a sum: the first level of which an item was answered above 0. */
  readonly levels?: {
    readonly code: Named
    readonly values: readonly {
      readonly code: string
      readonly text: string
      readonly anyOf: readonly string[]
    }[]
    readonly otherwise: string
  }
  readonly source: string
}

export const instruments = scoringTables as readonly Instrument[]

/** The scoring of the Questionnaire with this url. */
export const instrumentOf = (url: string | undefined): Instrument | undefined =>
  instruments.find((it) => it.url === url)

/** The scoring of a Questionnaire: its own, or that of the one that it says it is derived from, with the same link ids. */
export const scoringOf = ({ url, derivedFrom = [] }: Questionnaire): Instrument | undefined =>
  [url, ...derivedFrom]
    .map((canonical) => instrumentOf(canonical?.split('|')[0]))
    .find((own) => own !== undefined)

/** The text of the band that a total falls in; by gender where the cut-off differs, else the more cautious of them. */
export const bandOf = (
  { bands = [], bandsBy }: Instrument,
  total: number,
  values: ReadonlyMap<string, number | undefined>,
  gender?: string,
): string => {
  const own = gender === 'female' || gender === 'male' ? (bandsBy?.[gender] ?? bands) : bands
  const holds = ({ from, also = [] }: Band): boolean =>
    from <= total && also.every((one) => (values.get(one.linkId) ?? 0) >= one.from)
  return own.findLast(holds)?.text ?? ''
}
