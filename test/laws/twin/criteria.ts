/**
 * The criteria of one provision against one question (CONSENT.md section 3).
 * Choices: a clinical interval must lie inside dataPeriod in a permit and touch it in a deny; a code in a deny
 * matches a coded element at any depth and through medicationReference, in a permit at the top only; a code
 * matches itself and its kinds, as far as the world knows them; a coding without a system, a concept without a coding
 * and a system that nobody knows cannot be evaluated; a nested period is a criterion on the moment.
 */
import type { Consent, ConsentProvision } from 'fhir/r4'
import { actorsMatch } from './actors.ts'
import { isKnownSystem } from './code-tables.ts'
import { holds, readPeriod } from './dates.ts'
import { clinicalInterval } from './clinical-date.ts'
import { citedBy, listOf, nodeOf, nodesOf, referenceTo, targetOf, walk, words } from './json.ts'
import type { Node } from './json.ts'
import type { Coding } from './labels.ts'
import { covers, labelOf, levelMatches, levelOf, part2, system } from './labels.ts'
import type { Answer, Mode, Question } from './question.ts'
import { allOf, answerOf, anyOf } from './question.ts'
import { authorsOf, codingsIn, recordOf, type TwinWorld } from './world.ts'

const operations = words(
  'CAREMGT HLEGAL HCOMPL HDIRECT PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN HACCRED HQUALIMP',
)

/** v3-ActReason. */
const parents: Readonly<Record<string, string>> = {
  ...Object.fromEntries(operations.map((code) => [code, 'HOPERAT'])),
  COC: 'TREAT',
  ETREAT: 'TREAT',
  BTG: 'ETREAT',
  ERTREAT: 'ETREAT',
  CLINTRL: 'TREAT',
  TREATDS: 'TREAT',
  COVERAGE: 'HPAYMT',
  CLMATTCH: 'HPAYMT',
  COVAUTH: 'HPAYMT',
  ELIGDTRM: 'HPAYMT',
  REMITADV: 'HPAYMT',
  DISASTER: 'PUBHLTH',
  THREAT: 'PUBHLTH',
  CLINTRCH: 'HRESCH',
  FAMRQT: 'PATRQT',
  PWATRNY: 'PATRQT',
  SUPNWK: 'PATRQT',
}

/** Purposes of use in v3-ActReason; another code cannot be evaluated. */
const known = words(`
  TREAT HPAYMT HOPERAT PUBHLTH HRESCH PATRQT HMARKT COC ETREAT BTG ERTREAT CLINTRL TREATDS COVERAGE CLMATTCH COVAUTH
  ELIGDTRM REMITADV CAREMGT HLEGAL HCOMPL HDIRECT PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN HACCRED
  HQUALIMP CLINTRCH FAMRQT PWATRNY SUPNWK DISASTER THREAT
`)

export const above = (purpose: string): readonly string[] => {
  const parent = parents[purpose]
  return parent === undefined ? [purpose] : [purpose, ...above(parent)]
}

/** Subsumption, except that an emergency and legal proceedings are granted by their very code alone; PUBHLTH never opens Part 2 data. */
const purposeMatches = (question: Question, coding: Coding, mode: Mode): Answer => {
  if (coding.system !== system.actReason || coding.code === undefined) return 'unknown'
  const asked = question.asker.purpose
  if (mode === 'permit' && above(asked).includes('PUBHLTH') && question.label === part2) return 'no'
  if (!known.includes(coding.code)) return 'unknown'
  const line = above(asked)
  if (mode === 'permit' && (line.includes('ETREAT') || asked === 'HLEGAL'))
    return answerOf(coding.code === asked)
  return answerOf(line.includes(coding.code))
}

const labelMatches = (question: Question, coding: Coding, mode: Mode): Answer => {
  const level = levelOf(coding)
  if (level !== undefined) return answerOf(levelMatches(level, question.level, mode))
  const named = labelOf(coding)
  if (named !== undefined) return answerOf(question.label !== null && covers(named, question.label, mode))
  return coding.system === system.actCode || coding.system === system.confidentiality ? 'no' : 'unknown'
}

const classMatches = (question: Question, coding: Coding): Answer => {
  if (coding.system !== system.resourceTypes || coding.code === undefined) return 'unknown'
  return answerOf(question.record.resource.resourceType === coding.code)
}

const codeElement = /^(code|type|medication(CodeableConcept)?|vaccineCode|value(CodeableConcept|Coding))$/

const codesOf = (question: Question, mode: Mode): readonly Coding[] => {
  const node = nodeOf(question.record.resource)
  const found: Coding[] = []
  const take = (holder: Node): void => {
    for (const key of Object.keys(holder)) if (codeElement.test(key)) found.push(...codingsIn(holder[key]))
  }
  if (mode === 'permit') take(node)
  else walk(node, take)
  const medication = targetOf(node.medicationReference)
  const stored =
    mode === 'deny' && medication !== undefined ? recordOf(question.world, medication) : undefined
  if (stored !== undefined) take(nodeOf(stored.resource))
  return found
}

/** A code is a kind of itself and, where the terminology of its system is loaded, of what stands above it there. */
const isKindOf = (world: TwinWorld, code: Coding, wanted: Coding): boolean => {
  if (code.system !== wanted.system) return false
  const above = new Set([code.code])
  for (const one of above)
    for (const { system: from, kind, of } of world.hierarchy ?? [])
      if (from === code.system && kind === one) above.add(of)
  return above.has(wanted.code)
}

const conceptMatches = (question: Question, concept: unknown, codes: readonly Coding[], mode: Mode): Answer =>
  anyOf(
    codingsIn(concept).map((coding): Answer => {
      if (coding.system === undefined || !isKnownSystem(coding.system)) return 'unknown'
      return answerOf(codes.some((code) => isKindOf(question.world, code, coding)))
    }),
    mode,
  )

const dataPeriodMatches = (question: Question, period: unknown, mode: Mode): Answer => {
  const wanted = readPeriod(period)
  const actual = clinicalInterval(question.record.resource)
  if (wanted === 'broken' || actual === undefined) return 'unknown'
  if (mode === 'permit') return answerOf(actual.from >= wanted.from && actual.to <= wanted.to)
  return answerOf(actual.from < wanted.to && actual.to > wanted.from)
}

const refersTo = (question: Question, from: string, to: string): Answer => {
  const record = recordOf(question.world, from)
  if (record === undefined) return 'unknown'
  return answerOf(citedBy(record.resource).some((cited) => cited.target === to))
}

/** R4: `related` is the instance and what it refers to, `dependents` the instance and what refers to it. */
const datumMatches = (question: Question, datum: Node, mode: Mode): Answer => {
  const target = targetOf(datum.reference)
  if (target === undefined) return 'unknown'
  const self = referenceTo(question.record.resource)
  if (datum.meaning === 'authoredby') return answerOf(authorsOf(question.record.resource).includes(target))
  if (datum.meaning !== 'instance' && datum.meaning !== 'related' && datum.meaning !== 'dependents')
    return 'unknown'
  if (self === target) return 'yes'
  if (datum.meaning === 'instance') return 'no'
  const answers: Answer[] = []
  if (datum.meaning === 'related' || mode === 'deny') answers.push(refersTo(question, target, self))
  if (datum.meaning === 'dependents' || mode === 'deny') answers.push(refersTo(question, self, target))
  return anyOf(answers, mode)
}

const periodMatches = (question: Question, period: unknown): Answer => {
  const reading = readPeriod(period)
  return reading === 'broken' ? 'unknown' : answerOf(holds(reading, question.moment))
}

/** Criteria are and-ed, an absent one matches everything, an empty one cannot be evaluated. */
export const provisionMatches = (
  question: Question,
  consent: Consent,
  provision: ConsentProvision,
  mode: Mode,
): Answer => {
  const node = provision as unknown as Node
  const holders = provision === consent.provision ? [nodeOf(consent), node] : [node]
  const answers: Answer[] = [actorsMatch(question, nodesOf(node.actor), holders, mode)]
  const each = (value: unknown, ask: (item: unknown) => Answer): void => {
    if (value !== undefined) answers.push(anyOf(listOf(value).map(ask), mode))
  }
  const eachCoding = (value: unknown, ask: (coding: Coding) => Answer): void =>
    each(value, (item) => anyOf(codingsIn(item).map(ask), mode))
  if (node.actor !== undefined && nodesOf(node.actor).length === 0) answers.push('unknown')
  eachCoding(node.purpose, (coding) => purposeMatches(question, coding, mode))
  eachCoding(node.securityLabel, (coding) => labelMatches(question, coding, mode))
  eachCoding(node.class, (coding) => classMatches(question, coding))
  each(node.code, (concept) => conceptMatches(question, concept, codesOf(question, mode), mode))
  each(node.data, (datum) =>
    nodesOf(datum)[0] === undefined ? 'unknown' : datumMatches(question, nodesOf(datum)[0] ?? {}, mode),
  )
  if (node.dataPeriod !== undefined) answers.push(dataPeriodMatches(question, node.dataPeriod, mode))
  if (node.period !== undefined) answers.push(periodMatches(question, node.period))
  return allOf(answers)
}
