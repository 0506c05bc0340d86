import { registerHooks } from 'node:module'

const permit = new URL('../src/consent/permit.ts', import.meta.url).href
const open = new URL('open.ts', import.meta.url).href

// Preloaded (`node --import`) by the server that is measured without consent, and by nothing else.
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    return found.url === permit && context.parentURL !== open ? { ...found, url: open } : found
  },
})
