/** The part of the package that the tests use; it brings no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'
  // oxlint-disable-next-line import/no-default-export -- as the package has it
  export default class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
  }
}
