import type { Coding, Meta, Parameters } from 'fhir/r4'
import { expect } from 'vitest'
import { expectStatus } from '../outcome.ts'
import type { Reply } from '../world.ts'

export const tag = (code: string): Coding => ({ system: 'urn:tag', code })

/** The meta that one of the operations on it gave back. */
export const metaOf = (reply: Reply): Meta => {
  const { resourceType, parameter } = expectStatus(reply, 200).as<Parameters>()
  expect(resourceType).toBe('Parameters')
  expect(parameter?.map(({ name }) => name)).toEqual(['return'])
  return parameter?.[0]?.valueMeta ?? {}
}

export const codes = (codings: readonly Coding[] | undefined): (string | undefined)[] =>
  (codings ?? []).map(({ code }) => code)
