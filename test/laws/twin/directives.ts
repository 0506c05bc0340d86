/**
 * What one Consent says about one label (CONSENT.md sections 1, 3 and 7).
 * Choices: a nested provision without a type is a deny; where the root cannot be evaluated it says nothing
 * itself; permits bind the custodians of CST anywhere in the consent, else `organization`, denies those of CST at
 * the root, else `organization` and every nested CST, else everybody; a permit that does not count is passed
 * over, so that a shallower provision decides; a Consent without a patient concerns nobody; one that is not signed
 * yet, or by a parent alone for somebody who may be grown, permits nothing, and its denies hold.
 */
import type { Consent, ConsentProvision } from 'fhir/r4'
import { isDiscloser } from './actors.ts'
import { above, provisionMatches } from './criteria.ts'
import { holds, readPeriod } from './dates.ts'
import { listOf, nodesOf, targetOf } from './json.ts'
import { covers, labelOf, notes, part2, system } from './labels.ts'
import { isNamedAsIntermediary } from './intermediaries.ts'
import { isOutgrown, isSignedFor, lacksMinor, minorRowsOn } from './minors.ts'
import type { Answer, Mode, Question } from './question.ts'
import { anyOf } from './question.ts'
import { childrenOf, missingForLabel, missingForPermit, provisionsIn, roleOf } from './requirements.ts'
import { wasSigned } from './signatures.ts'
import { codingsIn, personOf } from './world.ts'

/** A consent's word on a label, and why. */
export interface Word {
  word: 'permit' | 'deny' | 'nothing'
  why: string
}

type RootType = Mode | 'unevaluable'

const nothing = (why: string): Word => ({ word: 'nothing', why })

/** `provision.type`, else the policy rule. */
const rootType = (consent: Consent): RootType => {
  const type: unknown = consent.provision?.type
  if (type === 'permit' || type === 'deny') return type
  if (type !== undefined) return 'unevaluable'
  const rules = codingsIn(consent.policyRule).filter((rule) => rule.system === system.actCode)
  const optIn = rules.some((rule) => rule.code === 'OPTIN')
  const optOut = rules.some((rule) => rule.code === 'OPTOUT')
  if (optIn === optOut) return 'unevaluable'
  return optIn ? 'permit' : 'deny'
}

const disclosersIn = (provisions: readonly ConsentProvision[]): readonly unknown[] =>
  provisions
    .flatMap((provision) => nodesOf(provision.actor))
    .filter((actor) => roleOf(actor) === 'discloser')
    .map((actor) => actor.reference)

/** Section 1: which custodians a Consent binds. */
const binds = (question: Question, consent: Consent, mode: Mode): Answer => {
  const atRoot = disclosersIn(consent.provision === undefined ? [] : [consent.provision])
  const anywhere = disclosersIn(provisionsIn(consent.provision))
  const named = listOf(consent.organization)
  let bound: readonly unknown[]
  if (mode === 'permit') bound = anywhere.length > 0 ? anywhere : named
  else bound = atRoot.length > 0 ? atRoot : [...named, ...anywhere]
  return anyOf(
    bound.map((reference) => isDiscloser(question, reference)),
    mode,
  )
}

/** The labels that a provision names by itself, without closure; a level counts as another. */
const namedBy = (provision: ConsentProvision): readonly string[] =>
  codingsIn(provision.securityLabel).map((coding) => labelOf(coding) ?? `level ${coding.code ?? ''}`)

type Chain = readonly ConsentProvision[]

const names = (chain: Chain, label: string): boolean =>
  chain.some((provision) => namedBy(provision).some((named) => covers(named, label, 'permit')))

/** What each permit of a consent opens: its own labels, else those of the nearest provision above. */
const permittedLabels = (consent: Consent): readonly string[] => {
  const found: string[] = []
  const collect = (provision: ConsentProvision, type: RootType, above: readonly string[]): void => {
    const own = namedBy(provision)
    const labels = own.length > 0 ? own : above
    if (type === 'permit') found.push(...(labels.length > 0 ? labels : ['anything']))
    for (const child of childrenOf(provision)) collect(child, child.type ?? 'deny', labels)
  }
  if (consent.provision !== undefined) collect(consent.provision, rootType(consent), [])
  return found
}

/** 42 CFR 2.31(b), 45 CFR 164.508(b)(3): a permit that names notes counts only where nothing else is permitted. */
const mixesNotes = (consent: Consent, chain: Chain): boolean => {
  for (const note of notes) {
    if (!names(chain, note)) continue
    if (permittedLabels(consent).some((label) => label !== note)) return true
  }
  return false
}

/** Why a complete Consent does not open Part 2 records to who asks, if it does not. */
const objectionToPart2 = (question: Question, consent: Consent): string | undefined => {
  const { asker, moment, person, record, world } = question
  if (above(asker.purpose).includes('PUBHLTH')) return '42 CFR 2.54'
  if (lacksMinor(world, record.custodian, person, consent, moment)) return '42 CFR 2.14'
  return isNamedAsIntermediary(question, consent) ? undefined : '42 CFR 2.31(a)(4)(ii)'
}

/** Why a matched permit does not count for the label, if it does not. */
const objection = (
  question: Question,
  consent: Consent,
  chain: Chain,
  needsNaming: boolean,
): string | undefined => {
  const { label, moment, person, world } = question
  const { custodian } = question.record
  const missing = missingForPermit(world, consent, chain)
  if (missing.length > 0) return `lacks ${missing.join(', ')}`
  if (!wasSigned(consent, moment)) return 'not signed yet'
  if (isOutgrown(world, custodian, person, consent, moment)) return 'signed by a parent alone'
  if (binds(question, consent, 'permit') !== 'yes') return 'does not bind the custodian'
  if (mixesNotes(consent, chain)) return 'names notes beside something else'
  if (label === null) return undefined
  if (needsNaming && !names(chain, label)) return `does not name ${label}`
  const minors = minorRowsOn(world, custodian, person, label, moment)
  if (!isSignedFor(consent, minors)) return '42 CFR 2.14'
  const beyond = missingForLabel(consent, chain, label)
  if (beyond.length > 0) return `lacks ${beyond.join(', ')}`
  return label === part2 ? objectionToPart2(question, consent) : undefined
}

interface Match {
  depth: number
  type: Mode
  why: string
}

/** The word of one accepted Consent; `needsNaming`: the label's default is neither ordinary nor permit. */
export const wordOf = (question: Question, consent: Consent, needsNaming: boolean): Word => {
  const { world, moment, person } = question
  const patient = targetOf(consent.patient)
  if (patient?.startsWith('Patient/') !== true || personOf(world, patient) !== person)
    return nothing('another patient')
  if (consent.status !== 'active') return nothing(`status ${consent.status}`)
  const period = consent.provision?.period
  const reading = period === undefined ? undefined : readPeriod(period)
  if (reading !== undefined && reading !== 'broken' && !holds(reading, moment))
    return nothing('outside its period')

  const type = rootType(consent)
  const root: ConsentProvision = consent.provision ?? {}
  const matches: Match[] = []
  const objections: string[] = []
  /** `certain`: everything above matched without doubt; `open`: nothing above was unevaluable by type. */
  const visit = (
    provision: ConsentProvision,
    own: RootType,
    chain: Chain,
    certain: boolean,
    open: boolean,
  ): void => {
    const mode: Mode = own === 'permit' ? 'permit' : 'deny'
    const answer = provisionMatches(question, { ...consent, provision: root }, provision, mode)
    if (answer === 'no') return
    const here = [...chain, provision]
    const sure = certain && answer === 'yes'
    const readable = open && own !== 'unevaluable'
    const depth = chain.length
    if (own === 'deny' && binds(question, consent, 'deny') !== 'no') {
      matches.push({ depth, type: 'deny', why: `deny at depth ${depth}` })
    }
    if (own === 'permit') {
      const against =
        sure && readable ? objection(question, consent, here, needsNaming) : 'cannot be evaluated'
      if (against === undefined) matches.push({ depth, type: 'permit', why: `permit at depth ${depth}` })
      else objections.push(`permit at depth ${depth}: ${against}`)
    }
    for (const child of childrenOf(provision)) {
      const typed = child.type === 'permit' || child.type === 'deny'
      visit(child, typed ? (child.type ?? 'deny') : 'deny', here, sure && typed, readable && typed)
    }
  }
  visit(root, type, [], true, true)

  const deepest = Math.max(...matches.map((match) => match.depth))
  const deciding = matches.filter((match) => match.depth === deepest)
  const denying = deciding.find((match) => match.type === 'deny')
  if (denying !== undefined) {
    const permitsBeneath = provisionsIn(root)
      .slice(1)
      .some((provision) => provision.type === 'permit')
    // section 4.2: 'not granted here' says nothing elsewhere
    if (denying.depth === 0 && permitsBeneath) return nothing(['not granted here', ...objections].join('; '))
    return { word: 'deny', why: denying.why }
  }
  const permitting = deciding[0]
  if (permitting !== undefined) return { word: 'permit', why: permitting.why }
  return nothing(objections.length > 0 ? objections.join('; ') : 'no provision matches')
}
