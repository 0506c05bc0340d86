import { type Context, Hono } from 'hono'
import { capabilities } from './api/capabilities.ts'
import { presentationOf, requirePresentation } from './api/format.ts'
import { withLength } from './api/head.ts'
import { answerRoute, routes } from './api/routes.ts'
import { homeRoute } from './console/home-route.ts'
import { profileRoute, profilesRoute } from './console/profiles/route.ts'
import { hl7v2Route } from './exchange/hl7v2-route.ts'
import { schoolRoute } from './exchange/school/route.ts'
import { livez, metrics, readyz } from './health.ts'
import { nowhere } from './nowhere.ts'
import { Refusal } from './problem.ts'
import { respondOpen, respondProblem } from './respond.ts'
import type { Services } from './services.ts'
import { signInRoutes } from './sign-in/routes.ts'
import { appsRoutes, appsSection } from './smart/apps.ts'
import { allowAll, allowOrigin } from './smart/cors.ts'
import { launcherRoutes } from './smart/launcher/route.ts'
import { smartRoutes } from './smart/routes.ts'

/** What the app needs beside the services: they may belong to one request, as on Workers. */
export type ServicesOf = (context: Context) => Services

/** The gateway as one Hono app: the route table, and nothing else. */
export const createApp = (servicesOf: ServicesOf): Hono => {
  const app = new Hono({ strict: false })

  app.get('/', (context) => homeRoute(servicesOf(context)))
  app.get('/profiles', profilesRoute)
  app.get('/profiles/:name', (context) => profileRoute(context.req.param('name')))
  app.get('/livez', livez)
  app.get('/readyz', (context) => readyz(servicesOf(context)))
  app.get('/metrics', (context) => metrics(servicesOf(context)))
  smartRoutes(app, servicesOf)
  signInRoutes(app, servicesOf, [appsSection])
  appsRoutes(app, servicesOf)
  launcherRoutes(app, servicesOf)
  app.get('/fhir/metadata', (context) =>
    respondOpen(capabilities(servicesOf(context), routes), requirePresentation(context.req.raw)),
  )
  app.all('/fhir/metadata', (context) =>
    respondProblem(
      { kind: 'method-not-allowed', text: 'this address takes GET', allow: ['GET'] },
      presentationOf(context.req.raw),
    ),
  )
  for (const route of routes)
    app.on(route.method, `/fhir${route.path}`, (context) => {
      const services = servicesOf(context)
      return allowOrigin(services, context, () =>
        withLength(context.req.method, answerRoute(services, route, context, services.ids.request())),
      )
    })
  app.on('OPTIONS', ['/fhir/metadata', '/fhir/.well-known/smart-configuration'], allowAll)
  app.options('/fhir/*', (context, next) =>
    context.req.header('origin') === undefined
      ? next()
      : allowOrigin(servicesOf(context), context, async () => new Response(null, { status: 204 })),
  )
  app.get('/exchange/school/students/:localId/summary', (context) =>
    schoolRoute(servicesOf(context), context),
  )
  app.post('/exchange/hl7v2', (context) => hl7v2Route(servicesOf(context), context))

  app.notFound((context) =>
    respondProblem(methodsAt(app, context) ?? nowhere, presentationOf(context.req.raw)),
  )
  app.onError((fault, context) => {
    const services = servicesOf(context)
    return allowOrigin(services, context, async () => {
      const presentation = presentationOf(context.req.raw)
      if (fault instanceof Refusal)
        return withLength(context.req.method, respondProblem(fault.problem, presentation))
      services.log({ level: 'error', event: 'unexpected fault', detail: nameOf(fault) })
      return respondProblem({ kind: 'unexpected' }, presentation)
    })
  })
  return app
}

/** The name of a fault, and a database's code for it; never its text, which may hold values. */
const nameOf = (fault: Error): string =>
  'code' in fault && typeof fault.code === 'string' ? `${fault.name} ${fault.code}` : fault.name

/** A known address with a method that it does not take is 405, with those that it takes. */
const methodsAt = (app: Hono, context: Context) => {
  const allow = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
    (method) => app.router.match(method, context.req.path)[0].length > 0,
  )
  if (allow.length === 0) return undefined
  return { kind: 'method-not-allowed', text: `this address takes ${allow.join(', ')}`, allow } as const
}
