import { valueSets } from '../fhir/definitions/value-sets.ts'
import type { Expansions } from './bindings.ts'
import { checkConformance } from './conformance.ts'
import type { Around } from './conformance.ts'
import { checkResource } from './elements.ts'
import type { Walk } from './elements.ts'
import { add, isTooDeep, noFindings } from './issue.ts'
import type { Findings, Issue, Profile } from './issue.ts'
import { isObject, list } from './json.ts'
import type { Json } from './json.ts'
import { containedOnce, entriesOf } from './resolve.ts'
import { compileProfile } from './rules.ts'
import type { Rules } from './rules.ts'

export type { Issue } from './issue.ts'

export type Validator = { validate: (resource: unknown, profiles?: readonly string[]) => Issue[] }

/** Profiles and extensions below this URL are the gateway's own: those it does not know are errors. */
const own = 'https://sluice.example/fhir/StructureDefinition/'

/**
 * Checks resources against R4, against the profiles they declare and those that are named, and their extensions against
 * their definitions.
 * https://hl7.org/fhir/R4/validation.html
 */
export function createValidator(profiles: Profile[], sets: Expansions = new Map()): Validator {
  const all: Expansions = new Map([...valueSets, ...sets])
  const known = compiledAsAsked(profiles)
  return {
    validate: (resource, named = []) => {
      const findings = noFindings()
      const contained = containedOnce()
      const around: Around = {
        known,
        sets: all,
        entries: entriesOf(resource),
        contained,
        conforming: new Map(),
      }
      const walk: Walk = {
        findings,
        sets: all,
        contained,
        onResource: (found, path, container) => {
          checkDeclared(findings, found, path, around, container)
          if (found === resource) checkNamed(findings, found, path, named, around)
        },
        onExtension: (found, path, container) => {
          const rules = known.get(String(found.url))
          if (rules !== undefined && !isTooDeep(findings))
            checkConformance(findings, rules, found, path, around, { container })
        },
      }
      const type =
        isObject(resource) && typeof resource.resourceType === 'string' ? resource.resourceType : 'Resource'
      const path = /^[A-Z][A-Za-z]{0,63}$/.test(type) ? type : 'Resource'
      checkResource(walk, resource, { path, depth: 0, container: isObject(resource) ? resource : {} })
      return findings.issues
    },
  }
}

/** The rules of profiles by their canonical, each compiled when it is first asked for. */
function compiledAsAsked(profiles: readonly Profile[]): Around['known'] {
  const all = new Map(profiles.map((profile) => [profile.url, profile]))
  const compiled = new Map<string, Rules>()
  return {
    get: (url) => {
      const profile = all.get(url)
      const rules = compiled.get(url) ?? (profile && compileProfile(profile))
      if (rules !== undefined) compiled.set(url, rules)
      return rules
    },
  }
}

function checkDeclared(
  findings: Findings,
  resource: Json,
  path: string,
  around: Around,
  container: Json,
): void {
  const { known } = around
  if (isTooDeep(findings)) return
  const declared = isObject(resource.meta) ? list(resource.meta.profile) : []
  for (const [index, canonical] of declared.entries()) {
    if (typeof canonical !== 'string') continue
    const url = canonical.split('|')[0] ?? ''
    const rules = known.get(url)
    if (rules !== undefined && rules.type === resource.resourceType) {
      checkConformance(findings, rules, resource, path, around, { container, resource })
      continue
    }
    if (!url.startsWith(own)) continue
    const expression = `${path}.meta.profile[${index}]`
    const said =
      rules === undefined
        ? 'must name a profile that is known here'
        : `must be a profile of \`${String(resource.resourceType)}\``
    add(findings, {
      severity: 'error',
      code: 'not-supported',
      expression,
      text: `${said}; see the CapabilityStatement`,
    })
  }
}

/** Checks a resource against the profiles that somebody asks for beside those that it declares. */
function checkNamed(
  findings: Findings,
  resource: Json,
  path: string,
  named: readonly string[],
  around: Around,
): void {
  const { known } = around
  if (isTooDeep(findings)) return
  for (const canonical of named) {
    const url = canonical.split('|')[0] ?? ''
    const rules = known.get(url)
    const isBase = url === `${base}${String(resource.resourceType)}`
    if (rules !== undefined && rules.type === resource.resourceType)
      checkConformance(findings, rules, resource, path, around)
    else if (!isBase)
      add(findings, {
        severity: 'error',
        code: rules === undefined && !url.startsWith(base) ? 'not-found' : 'not-supported',
        expression: path,
        text:
          rules === undefined
            ? 'the profile that was asked for is not known here; see the CapabilityStatement'
            : 'the profile that was asked for is one of another type',
      })
  }
}

/** R4 itself, by the type. */
const base = 'http://hl7.org/fhir/StructureDefinition/'
