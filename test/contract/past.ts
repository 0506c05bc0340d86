import type { Bundle } from 'fhir/r4'
import { expect } from 'vitest'
import { expectStatus, linkOf } from './outcome.ts'
import type { Reply, Who, World } from './world.ts'

/** The Bundle of a history that went well. */
export const historyOf = (reply: Reply): Bundle => {
  const bundle = expectStatus(reply, 200).as<Bundle>()
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'history' })
  return bundle
}

/** Each version as `Type/id version`, in the order of the Bundle. */
export const versionsOf = (bundle: Bundle): string[] =>
  (bundle.entry ?? []).map(({ fullUrl, response }) =>
    [fullUrl?.split('/').slice(-2).join('/'), response?.etag?.slice(3, -1)].join(' '),
  )

/** How each version came: `Type/id POST 201`. */
export const changesOf = (bundle: Bundle): string[] =>
  (bundle.entry ?? []).map(({ fullUrl, request, response }) =>
    [fullUrl?.split('/').slice(-2).join('/'), request?.method, response?.status].join(' '),
  )

/** Follows `next` to the end; between two pages `pause` may do something. */
export const walk = async (
  world: World,
  who: Who,
  first: string,
  pause: (page: number) => Promise<unknown> = async () => undefined,
): Promise<Bundle[]> => {
  const read: Bundle[] = []
  for (let at: string | undefined = first; at !== undefined;) {
    if (read.length > 500) throw new Error('the pages do not end')
    const bundle = historyOf(await world.get(who, at))
    read.push(bundle)
    at = linkOf(bundle, 'next')
    if (at !== undefined) await pause(read.length)
  }
  return read
}
