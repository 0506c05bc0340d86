/** A LOINC code and its name. */
export type LoincCode = { readonly code: string; readonly display: string }

/** Scores from `from` up to the next band. */
export type Band = { readonly from: number; readonly text: string }

/** How one instrument is scored: the sum over `items` of the place of the answer among its options. */
export type Instrument = {
  readonly url: string
  readonly panel: LoincCode
  readonly total: LoincCode
  readonly items: readonly string[]
  /** Ascending; the first starts at 0. */
  readonly bands: readonly Band[]
  /** Any answer here but the first option asks for a safety review, whatever the total. */
  readonly flagItem?: string
}

const base = 'https://sluice.example/fhir/Questionnaire'

/** Scoring table. Cut-offs: Kroenke 2001 (PHQ-9), Kroenke 2003 (PHQ-2), Spitzer 2006 (GAD-7). */
export const instruments: readonly Instrument[] = [
  {
    url: `${base}/phq-9`,
    panel: { code: '44249-1', display: 'PHQ-9 quick depression assessment panel [Reported.PHQ]' },
    total: { code: '44261-6', display: 'Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]' },
    items: [
      '/44250-9',
      '/44255-8',
      '/44259-0',
      '/44254-1',
      '/44251-7',
      '/44258-2',
      '/44252-5',
      '/44253-3',
      '/44260-8',
    ],
    bands: [
      { from: 0, text: 'Minimal depression' },
      { from: 5, text: 'Mild depression' },
      { from: 10, text: 'Moderate depression' },
      { from: 15, text: 'Moderately severe depression' },
      { from: 20, text: 'Severe depression' },
    ],
    flagItem: '/44260-8',
  },
  {
    url: `${base}/phq-2`,
    panel: { code: '55757-9', display: 'Patient Health Questionnaire 2 item (PHQ-2) [Reported]' },
    total: { code: '55758-7', display: 'Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]' },
    items: ['/44250-9', '/44255-8'],
    bands: [
      { from: 0, text: 'Negative screen' },
      { from: 3, text: 'Positive screen' },
    ],
  },
  {
    url: `${base}/gad-7`,
    panel: { code: '69737-5', display: 'Generalized anxiety disorder 7 item (GAD-7)' },
    total: {
      code: '70274-6',
      display: 'Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]',
    },
    items: ['/69725-0', '/68509-9', '/69733-4', '/69734-2', '/69735-9', '/69689-8', '/69736-7'],
    bands: [
      { from: 0, text: 'Minimal anxiety' },
      { from: 5, text: 'Mild anxiety' },
      { from: 10, text: 'Moderate anxiety' },
      { from: 15, text: 'Severe anxiety' },
    ],
  },
]

/** The scoring of the Questionnaire with this url. */
export const instrumentOf = (url: string | undefined): Instrument | undefined =>
  instruments.find((it) => it.url === url)

/** The text of the band that a total falls in. */
export const bandOf = (instrument: Instrument, total: number): string =>
  instrument.bands.findLast((band) => band.from <= total)?.text ?? ''
