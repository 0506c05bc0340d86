import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/authenticate/caller.ts'
import { authorize, type Need } from '../../src/authorize/authorize.ts'
import { Refusal } from '../../src/problem.ts'

const caller = (scope: string, asked: Partial<Caller['asked']> = {}): Caller => ({
  client: 'clinic',
  organization: 'Organization/clinic',
  organizationKey: 1,
  homeKey: 1,
  asked: { organization: 'Organization/clinic', purpose: 'TREAT', ...asked },
  audience: 1,
  scope,
  roles: [],
  prefix: undefined,
})

const refusal = (who: Caller, ...needs: Need[]): unknown => {
  try {
    authorize(who, needs)
  } catch (error) {
    return error instanceof Refusal ? error.problem : error
  }
  return undefined
}

const read: Need = { type: 'Observation', access: 'r' }
const search: Need = { type: 'Observation', access: 's' }

describe('a grant', () => {
  it('allows what the scopes say and no more', () => {
    const grant = authorize(caller('system/Observation.rs system/Patient.read'), [read, search])
    expect(grant.allows('Observation', 's')).toBe(true)
    expect(grant.allows('Observation', 'u')).toBe(false)
    expect(grant.allows('Patient', 's')).toBe(true)
    expect(grant.allows('Patient', 'c')).toBe(false)
    expect(grant.allows('Encounter', 'r')).toBe(false)
    expect(grant.allows('*', 's')).toBe(false)
  })

  it('of `*` allows every type, and all of them at once', () => {
    const grant = authorize(caller('system/*.rs'), [{ type: '*', access: 's' }])
    expect(grant.allows('Encounter', 'r')).toBe(true)
    expect(grant.allows('Encounter', 'd')).toBe(false)
  })
})

describe('a request is forbidden', () => {
  it('naming the scopes that are missing', () => {
    expect(refusal(caller('system/Patient.r'), read, { type: 'Patient', access: 'r' }, search)).toEqual({
      kind: 'forbidden',
      text: 'the token lacks the scope `system/Observation.r`, `system/Observation.s`',
      scope: 'system/Observation.r system/Observation.s',
    })
  })

  it.each<[string, Partial<Caller['asked']>, string]>([
    ['system', {}, 'user/*.cruds patient/*.cruds'],
    ['user', { user: 'Practitioner/ann' }, 'system/*.cruds patient/*.cruds'],
    ['patient', { patient: 'Patient/p1' }, 'system/*.cruds user/*.cruds'],
  ])('to a %s token with scopes of other levels', (level, asked, scope) => {
    expect(refusal(caller(scope, asked), read)).toMatchObject({
      text: `the token lacks the scope \`${level}/Observation.r\``,
    })
    expect(refusal(caller(`${scope} ${level}/Observation.r`, asked), read)).toBeUndefined()
  })

  it.each(['', 'nonsense', 'system/Observation', 'system/Observation.sr', 'system/Observation.r?code:not=1'])(
    'where the scope is `%s`',
    (scope) => {
      expect(refusal(caller(scope), read)).toMatchObject({ kind: 'forbidden' })
    },
  )
})
