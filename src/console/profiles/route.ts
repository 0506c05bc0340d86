import type { Bundle, CodeSystem, StructureDefinition, ValueSet } from 'fhir/r4'
import { respondOpen, respondProblem } from '../../respond.ts'
import { codeSystems, ownValueSets, profiles } from '../../validate/profiles.ts'
import { pagePolicy } from '../page.ts'
import { listPage } from './list-page.ts'
import { profilePage } from './profile-page.ts'

/** `/profiles`: what records look like here. Open to all: it holds definitions and made-up examples, and no record. */
export const profilesRoute = (): Response => htmlPage(listPage(profiles))

/** `/profiles/<id>` is the page of a profile, `/profiles/<id>.json` the profile, `/profiles/all.json` a Bundle of all. */
export const profileRoute = (name: string): Response => {
  if (name === 'all.json') return respondOpen(everything(), asJson)
  const [, id, json] = /^([a-z0-9-]+)(\.json)?$/.exec(name) ?? []
  const profile = profiles.find((it) => it.id === id)
  if (profile === undefined)
    return respondProblem({
      kind: 'no-route',
      text: 'there is no such profile; /profiles lists those that there are',
    })
  return json === undefined ? htmlPage(profilePage(profile)) : respondOpen(profile, asJson)
}

const asJson = { format: 'json', pretty: true } as const

const htmlPage = (text: string): Response =>
  new Response(text, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy },
  })

const everything = (): Bundle<StructureDefinition | ValueSet | CodeSystem> => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: [...profiles, ...ownValueSets, ...codeSystems].map((resource) => ({
    ...(resource.url !== undefined && { fullUrl: resource.url }),
    resource,
  })),
})
