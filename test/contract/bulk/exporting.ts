import { expect } from 'vitest'
import { runExport } from '../../../src/bulk/run.ts'
import { isWaiting } from '../../../src/store/exports.ts'
import { expectStatus } from '../outcome.ts'
import type { Reply, Sending, Who, World } from '../world.ts'

/** The manifest of an export. */
export interface Manifest {
  readonly transactionTime: string
  readonly request: string
  readonly requiresAccessToken: boolean
  readonly output: readonly ManifestFile[]
  readonly deleted: readonly ManifestFile[]
  readonly error: readonly ManifestFile[]
}

export interface ManifestFile {
  readonly type: string
  readonly url: string
  readonly count?: number
}

export const kickOffHeaders = { accept: 'application/fhir+json', prefer: 'respond-async' }

/** Does all that is to do, as the process of a gateway does. */
export const drain = async (world: Pick<World, 'services' | 'database'>): Promise<void> => {
  while (await isWaiting(world.database, world.services.clock.real()))
    if (!(await runExport(world.services, 1000))) await new Promise((done) => setTimeout(done, 20))
}

/** Begins an export by GET; its address. */
export const kickOff = async (
  world: World,
  who: Who,
  path: string,
  headers: Sending['headers'] = {},
): Promise<string> => {
  const reply = await world.get(who, path, { ...kickOffHeaders, ...headers })
  expectStatus(reply, 202)
  expect(reply.text).toBe('')
  return pathOf(reply.headers.get('content-location') ?? '')
}

export const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search

export const manifestAt = async (world: World, who: Who, job: string): Promise<Manifest> => {
  const reply = expectStatus(await world.get(who, job, { accept: 'application/json' }), 200)
  expect(reply.headers.get('content-type')).toBe('application/json')
  return reply.as<Manifest>()
}

export const download = async (
  world: World,
  who: Who,
  url: string,
  headers: Sending['headers'] = {},
): Promise<Reply> => world.get(who, pathOf(url), { accept: 'application/fhir+ndjson', ...headers })

/** The resources of a file. */
export const linesAt = async (world: World, who: Who, url: string): Promise<Json[]> => {
  const reply = expectStatus(await download(world, who, url), 200)
  expect(reply.headers.get('content-type')).toBe('application/fhir+ndjson')
  expect(reply.text.endsWith('\n') || reply.text === '').toBe(true)
  return reply.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json)
}

export type Json = { readonly resourceType: string; readonly id: string; readonly [name: string]: unknown }

/** An export as a whole: by the name of each file, its resources. */
export interface Exported {
  readonly job: string
  readonly manifest: Manifest
  /** `Type/id` of all output, in the order of the manifest. */
  readonly keys: readonly string[]
  readonly resources: readonly Json[]
  readonly deleted: readonly string[]
  readonly notes: readonly Json[]
}

export const exported = async (
  world: World,
  who: Who,
  path: string,
  headers: Sending['headers'] = {},
): Promise<Exported> => {
  const job = await kickOff(world, who, path, headers)
  await drain(world)
  return fetched(world, who, job)
}

/** All that an export has. */
export const fetched = async (world: World, who: Who, job: string): Promise<Exported> => {
  const manifest = await manifestAt(world, who, job)
  const each = async (files: readonly ManifestFile[]): Promise<Json[]> =>
    (await Promise.all(files.map(({ url }) => linesAt(world, who, url)))).flat()
  const resources = await each(manifest.output)
  const deleted = await each(manifest.deleted)
  return {
    job,
    manifest,
    resources,
    keys: resources.map(({ resourceType, id }) => `${resourceType}/${id}`),
    deleted: deleted.flatMap((bundle) =>
      (bundle['entry'] as { request: { method: string; url: string } }[]).map(
        ({ request }) => `${request.method} ${request.url}`,
      ),
    ),
    notes: await each(manifest.error),
  }
}
