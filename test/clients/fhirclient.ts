import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import FHIR from 'fhirclient'

export type Api = ReturnType<typeof FHIR>
export type Client = ReturnType<Api['client']>
type Sent = Parameters<Client['create']>[0]
export type Patch = Parameters<Client['patch']>[1]

/** On a server the library is made for one request that an app got: here it is a real one. */
export const apiOfRequest = async (): Promise<Api> => {
  const app = createServer((_request, response) => response.end())
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  const got = once(app, 'request') as Promise<[IncomingMessage, ServerResponse]>
  await (await fetch(`http://127.0.0.1:${(app.address() as AddressInfo).port}`)).text()
  app.close()
  const [request, response] = await got
  return FHIR(request, response, {
    get: async () => undefined,
    set: async (_key: string, value: unknown) => value,
    unset: async () => false,
  })
}

/** A resource as this library types it. */
export const sent = (resource: object): Sent => resource

/** What this library throws for an answer that is not 2xx. */
export interface Failure {
  readonly status: number
  readonly message: string
}

/** What it throws for this. */
export const failureOf = (asked: Promise<unknown>): Promise<Failure> =>
  asked.then(
    () => Promise.reject(new Error('it did not fail')),
    (failure: Failure) => failure,
  )
