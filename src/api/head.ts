import type { Ask } from '../disclose.ts'

/**
 * HEAD is answered like GET, through the same doors and with the same record. Its headers tell the length of what GET
 * would send; the content itself stays here (RFC 9110 section 9.3.2).
 */
export const withLength = async (
  method: string,
  answered: Response | Promise<Response>,
): Promise<Response> => {
  const response = await answered
  if (method !== 'HEAD' || response.body === null) return response
  const { byteLength } = await response.clone().arrayBuffer()
  response.headers.set('content-length', String(byteLength))
  return response
}

/** The same for an entry of a Bundle: its answer has no resource. */
export const withoutBody = (ask: Ask): Ask => ({
  ...ask,
  find: async (connection, grant, permit) => {
    const found = await ask.find(connection, grant, permit)
    return { ...found, answer: (released) => ({ ...found.answer(released), body: '' }) }
  },
})
