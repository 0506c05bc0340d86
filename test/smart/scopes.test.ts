import { describe, expect, it } from 'vitest'
import { narrow, parseScopes, readScope } from '../../src/smart/scopes.ts'

describe('reading scopes', () => {
  it.each([
    ['system/Observation.rs', 'rs'],
    ['patient/*.cruds', 'cruds'],
    ['user/Patient.read', 'rs'],
    ['user/Patient.write', 'cud'],
    ['system/*.*', 'cruds'],
    ['patient/Observation.rs?category=laboratory', 'rs'],
    ['patient/Condition.rs?category=http://a|b,http://a|c&clinical-status=active', 'rs'],
    ['patient/*.rs?_security=http://a|b', 'rs'],
  ])('reads `%s`', (text, access) => {
    expect(readScope(text)?.access.join('')).toBe(access)
  })

  it.each([
    ['system/Observation.sr', 'in this order'],
    ['system/Observation.', 'in this order'],
    ['system/Observation.rr', 'in this order'],
    ['system/Observation', 'is not a scope'],
    ['system/Nonsense.rs', '`Nonsense` is not an R4 resource type'],
    ['system/DomainResource.rs', '`DomainResource` is not an R4 resource type'],
    ['system/Observation.rs?subject=Patient/1', 'token or uri parameters'],
    ['system/Observation.rs?subject:Patient.name=a', 'token or uri parameters'],
    ['system/Observation.rs?_has:Provenance:target:_id=a', 'token or uri parameters'],
    ['system/Observation.rs?code:in=a', 'token or uri parameters'],
    ['system/Observation.rs?date=2020', 'token or uri parameters'],
    ['system/Observation.rs?nonsense=a', 'token or uri parameters'],
    ['system/Observation.rs?category=', 'token or uri parameters'],
    ['system/Observation.rs?category', 'token or uri parameters'],
    ['system/Observation.rs?category=a?b', 'token or uri parameters'],
    ['system/Encounter.rs?_id=a', 'token or uri parameters'],
    ['system/*.rs?category=laboratory', 'token or uri parameters'],
    ['system/Observation.read?category=laboratory', 'is not a scope'],
    ['practitioner/Observation.rs', 'is not a scope'],
    ['admin', 'is not a scope'],
    ['system/constructor.rs', 'not an R4 resource type'],
  ])('refuses `%s`', (text, why) => {
    expect(() => parseScopes(`system/Patient.r ${text}`)).toThrow(why)
  })
})

describe('narrowing', () => {
  it.each([
    ['letter by letter', 'system/Observation.rs', 'system/Observation.r', 'system/Observation.r'],
    [
      '* asked',
      'system/*.rs',
      'system/Observation.rs system/Patient.cr',
      'system/Observation.rs system/Patient.r',
    ],
    ['* registered', 'system/Observation.cruds', 'system/*.rs', 'system/Observation.rs'],
    ['* in both', 'system/*.cruds', 'system/*.rs', 'system/*.rs'],
    [
      'letters of several',
      'system/Observation.rs',
      'system/Observation.r system/*.s',
      'system/Observation.rs',
    ],
    ['one under a *', 'system/*.rs system/Patient.r', 'system/*.cruds', 'system/*.rs'],
    ['more than the *', 'system/*.rs', 'system/*.r system/Patient.rs', 'system/*.r system/Patient.rs'],
    ['SMART 1', 'system/Observation.read', 'system/*.cruds', 'system/Observation.read'],
    ['SMART 1, in part', 'system/Observation.read', 'system/*.r', 'system/Observation.r'],
    ['SMART 1, twice', 'system/Patient.read system/Patient.write', 'system/*.*', 'system/Patient.*'],
    [
      'a search asked',
      'patient/Observation.rs?category=a',
      'patient/*.cruds',
      'patient/Observation.rs?category=a',
    ],
    [
      'a search registered',
      'patient/*.cruds',
      'patient/Observation.rs?category=a',
      'patient/Observation.rs?category=a',
    ],
    [
      'a search in both',
      'patient/Observation.rs?category=a',
      'patient/Observation.rs?category=b&code=c patient/Observation.r?category=a',
      'patient/Observation.rs?category=a&category=b&code=c patient/Observation.r?category=a',
    ],
    [
      'a search beside the whole type',
      'patient/Observation.rs patient/Observation.rs?category=a',
      'patient/*.rs',
      'patient/Observation.rs',
    ],
    ['nothing asked', undefined, 'system/Patient.rs user/*.r', 'system/Patient.rs user/*.r'],
    [
      'others are left out',
      'openid launch/patient system/Patient.r user/Patient.r',
      'system/*.r',
      'system/Patient.r',
    ],
  ])('%s', (_name, asked, registered, granted) => {
    expect(narrow(asked, registered)).toBe(granted)
  })

  it('grants the scopes of one level only', () => {
    expect(narrow(undefined, 'patient/*.rs system/Patient.r', ['system'])).toBe('system/Patient.r')
  })

  it.each([
    ['system/Patient.c', 'system/Patient.rs'],
    ['system/Patient.r', 'user/*.cruds'],
    ['openid', 'system/*.cruds'],
    [undefined, ''],
  ])('refuses %s of `%s`', (asked, registered) => {
    expect(() => narrow(asked, registered)).toThrow('registered for no')
  })
})
