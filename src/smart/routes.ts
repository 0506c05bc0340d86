import type { Context, Hono } from 'hono'
import type { Services } from '../services.ts'
import { authorizePath, introspectPath, keysPath, revokePath, tokenPath } from './addresses.ts'
import { interactionRoute } from './authorize/interaction.ts'
import { authorizeRoute } from './authorize/start.ts'
import { openIdConfiguration, smartConfiguration } from './configuration.ts'
import { allowOrigin } from './cors.ts'
import { publicKeys } from './grants/signing-keys.ts'
import { introspectRoute } from './introspect.ts'
import { revokeRoute } from './revoke.ts'
import { tokenRoute } from './token.ts'

/** Adds the authorization server to the app: discovery, authorization, tokens (SMART App Launch 2.2). */
export const smartRoutes = (app: Hono, servicesOf: (context: Context) => Services): void => {
  app.on(['GET', 'POST'], authorizePath, (context) => authorizeRoute(servicesOf(context))(context))
  app.on(['GET', 'POST'], `${authorizePath}/:request`, (context) =>
    interactionRoute(servicesOf(context))(context),
  )
  const endpoints = { [tokenPath]: tokenRoute, [introspectPath]: introspectRoute, [revokePath]: revokeRoute }
  for (const [path, route] of Object.entries(endpoints))
    app.all(path, (context) =>
      allowOrigin(servicesOf(context), context, () => route(servicesOf(context))(context)),
    )
  app.get(keysPath, async (context) => {
    const { database, clock } = servicesOf(context)
    return openJson({ keys: await publicKeys(database, clock.real()) })
  })
  app.get('/fhir/.well-known/smart-configuration', (context) =>
    openJson(smartConfiguration(servicesOf(context).settings.publicUrl)),
  )
  for (const name of ['openid-configuration', 'oauth-authorization-server'])
    app.get(`/.well-known/${name}`, (context) =>
      openJson(openIdConfiguration(servicesOf(context).settings.publicUrl)),
    )
}

/** What is open to all and the same for everybody. */
const openJson = (body: unknown): Response =>
  new Response(JSON.stringify(body), {
    headers: {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
    },
  })
