/**
 * May this asker have this label of this record (CONSENT.md sections 1, 3, 4)?
 * Choices: every label must be opened, those that the table calls ordinary too (by a permit or by the row for
 * ordinary records); a row that permits needs the patient in the crosswalk; an exception opens a label before any
 * consent is asked, and its denies too.
 */
import { momentOf } from './dates.ts'
import {
  isForPrincipal,
  labelDefault,
  ordinaryDefault,
  representativeDefault,
  workingAs,
} from './default-table.ts'
import type { Effect } from './default-table.ts'
import { wordOf } from './directives.ts'
import { isExcepted } from './exceptions.ts'
import { referenceTo } from './json.ts'
import type { Labelling, Labels } from './label-records.ts'
import type { Level } from './labels.ts'
import { directiveAsked, levelFor, notes, psychotherapy } from './labels.ts'
import { isRepresentative, minorRowsOn, represents } from './minors.ts'
import type { Question } from './question.ts'
import type { Standing } from './standing.ts'
import { standingOf } from './standing.ts'
import type { TwinAsker, TwinRecord, TwinWorld } from './world.ts'
import { authorsOf, knows, patientsOf, personOf } from './world.ts'

export interface LabelDecision {
  label: string | null
  bases: readonly string[]
  effect: 'permit' | 'deny'
  /** A consent vetoed it (section 4.2). */
  vetoed: boolean
  reasons: readonly string[]
}

export interface RecordDecision {
  standing: Standing
  visible: boolean
  labels: readonly LabelDecision[]
  elements: readonly { path: string; visible: boolean; labels: readonly LabelDecision[] }[]
}

interface Verdict {
  permitted: boolean
  vetoed: boolean
  reasons: readonly string[]
}

/** What the table says of the label; what a minor may consent to alone takes a consent for a representative. */
const effectOn = ({ world, asker, record, person, label, moment }: Question): Effect => {
  if (label === null) return 'ordinary'
  if (!isRepresentative(asker)) return labelDefault(world, asker, record, label)
  const own = minorRowsOn(world, record.custodian, person, label, moment)
  return own.some(({ signs }) => signs === 'minor')
    ? 'consent'
    : representativeDefault(world, asker, record, label)
}

/** Sections 3 and 4 for one patient of the record, asked from outside its custodian. */
const byConsentAndTable = (question: Question): Verdict => {
  const { world, asker, record, person } = question
  const effect = effectOn(question)
  // a permit is the directive that NODSCLCD asks for, whatever it names
  const needsNaming =
    (effect === 'consent' || effect === 'deny') && !directiveAsked.includes(question.label ?? '')
  const reasons: string[] = []
  let vetoed = false
  let permitted = false
  for (const { resource, effective } of world.records) {
    if (resource.resourceType !== 'Consent' || !effective) continue
    const { word, why } = wordOf(question, resource, needsNaming)
    if (word === 'nothing' && why === 'another patient') continue
    reasons.push(`${referenceTo(resource)}: ${word} (${why})`)
    if (word === 'deny') vetoed = true
    if (word === 'permit') permitted = true
  }
  if (vetoed) return { permitted: false, vetoed, reasons }
  if (permitted) return { permitted, vetoed, reasons }
  if (isRepresentative(asker)) {
    const row = effect === 'ordinary' ? representativeDefault(world, asker, record, 'ordinary') : effect
    const known = represents(world, asker, record, person)
    return { permitted: row === 'permit' && known, vetoed, reasons: [...reasons, `representative: ${row}`] }
  }
  if (effect === 'permit') {
    const known = knows(world, asker.organization, person)
    return {
      permitted: known,
      vetoed,
      reasons: [...reasons, `table: permit, ${known ? 'known' : 'not known'}`],
    }
  }
  if (effect !== 'ordinary') return { permitted: false, vetoed, reasons: [...reasons, `table: ${effect}`] }
  if (isForPrincipal(world, asker, record))
    return { permitted: true, vetoed, reasons: [...reasons, 'works for the custodian'] }
  const row = ordinaryDefault(world, asker, record)
  const principal = workingAs(world, asker)
  const known = principal !== undefined && knows(world, principal.id, person)
  reasons.push(`table: ordinary, ${row}, patient ${known ? 'known' : 'not known'}`)
  return { permitted: row === 'permit' && known, vetoed, reasons }
}

/** One label (or none) of a record, in the capacity in which it is asked for. */
const verdictOn = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  standing: Standing,
  label: string | null,
  level: Level,
): Verdict => {
  const yes = (reason: string): Verdict => ({ permitted: true, vetoed: false, reasons: [reason] })
  const no = (reason: string): Verdict => ({ permitted: false, vetoed: false, reasons: [reason] })
  const isNote = label !== null && notes.includes(label)
  switch (standing) {
    case 'none':
      return no('no standing')
    case 'directory':
      return yes('directory or definition')
    case 'patient':
      return label === psychotherapy ? no('45 CFR 164.524(a)(1)(i)') : yes('42 CFR 2.23')
    case 'submitter':
      return isNote ? no('notes are only for their author') : yes('submitter')
    case 'inside': {
      if (!isNote) return yes('custodian')
      const author = asker.user !== undefined && authorsOf(record.resource).includes(asker.user)
      return author && asker.patient === undefined
        ? yes('author of the note')
        : no('notes are only for their author')
    }
    case 'excepted':
    case 'outside': {
      const moment = momentOf(asker.moment)
      const persons = [...new Set(patientsOf(world, record).map((patient) => personOf(world, patient)))]
      // section 4.4: a record of several patients: all must permit
      const each = persons.map((person) => {
        if (isExcepted(world, asker, record, person, label)) return yes('an exception')
        // inside its custodian nothing else lets in who is off the care team
        if (standing === 'excepted') return no('no exception opens it')
        return byConsentAndTable({ world, asker, moment, record, person, label, level })
      })
      return {
        permitted: each.length > 0 && each.every((verdict) => verdict.permitted),
        vetoed: each.some((verdict) => verdict.vetoed),
        reasons: each.flatMap((verdict) => verdict.reasons),
      }
    }
  }
}

/** Every label of a record and of its parts. All-match: one that is not opened hides the whole, or the part. */
export const decide = (
  world: TwinWorld,
  asker: TwinAsker,
  record: TwinRecord,
  labelling: Labelling,
): RecordDecision => {
  const standing = standingOf(world, asker, record, labelling)
  const on = (label: string | null, bases: Iterable<string>, level: Level, as: Standing): LabelDecision => {
    const { permitted, vetoed, reasons } = verdictOn(world, asker, record, as, label, level)
    return { label, bases: [...bases], effect: permitted ? 'permit' : 'deny', vetoed, reasons }
  }
  const level = levelFor(labelling.whole.keys(), labelling.asserted)
  const whole: LabelDecision[] = []
  for (const [label, bases] of labelling.whole) whole.push(on(label, bases, level, standing))
  if (whole.length === 0) whole.push(on(null, ['no label'], level, standing))

  const partOf = (labels: Labels, as: Standing): readonly LabelDecision[] => {
    const partLevel = levelFor([...labelling.whole.keys(), ...labels.keys()], labelling.asserted)
    const found: LabelDecision[] = []
    for (const [label, bases] of labels) {
      if (!labelling.whole.has(label)) found.push(on(label, bases, partLevel, as))
    }
    return found
  }
  // a labelled part of an open row is for those who hold it
  const partStanding = standing === 'directory' ? directoryPart(asker, record) : standing
  const elements = [...labelling.elements].map(([path, labels]) => {
    const decisions = partOf(labels, partStanding)
    return { path, visible: decisions.every(isPermitted), labels: decisions }
  })
  return { standing, visible: standing !== 'none' && whole.every(isPermitted), labels: whole, elements }
}

const directoryPart = (asker: TwinAsker, record: TwinRecord): Standing =>
  asker.organization === record.custodian && asker.patient === undefined ? 'inside' : 'none'

const isPermitted = (decision: LabelDecision): boolean => decision.effect === 'permit'
