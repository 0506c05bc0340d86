import type { Context } from 'hono'
import { readBytes } from '../api/body.ts'
import { authenticate } from '../authenticate/bearer.ts'
import { problemAt } from '../mapping/hl7v2/problem.ts'
import { Refusal, statusOf } from '../problem.ts'
import type { Services } from '../services.ts'
import { nak, receiveHl7v2 } from './hl7v2.ts'

const media = 'application/hl7-v2'
const accepted = [media, 'x-application/hl7-v2+er7', 'application/hl7-v2+er7']

/** The largest message, in bytes: the same as over MLLP. */
const mostBytes = 1024 * 1024

/** `POST /exchange/hl7v2`: the same as over MLLP, with a token; every answer is an ACK in the same form. */
export const hl7v2Route = async (services: Services, context: Context): Promise<Response> => {
  try {
    const caller = await authenticate(services, context.req.header('authorization'), services.digest)
    const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
    if (!accepted.includes(type))
      return answer(
        nak(
          services,
          undefined,
          problemAt('AR', '200', { segment: 'MSH' }, `send the message as \`${media}\``),
        ),
        415,
      )
    return answer(
      await receiveHl7v2(services, await readBytes(context.req.raw, mostBytes), { channel: 'https', caller }),
      200,
    )
  } catch (fault) {
    if (!(fault instanceof Refusal)) {
      services.log({
        level: 'error',
        event: 'message not stored',
        detail: fault instanceof Error ? fault.name : 'unknown',
      })
      return answer(
        nak(services, undefined, { code: 'AE', errorCode: '207', text: 'not stored; send it again' }),
        500,
      )
    }
    const { problem } = fault
    const text = 'text' in problem ? problem.text : 'the message could not be taken'
    const response = answer(
      nak(services, undefined, { code: 'AR', errorCode: '207', text }),
      statusOf(problem),
    )
    if (problem.kind === 'unauthorized') response.headers.set('www-authenticate', 'Bearer')
    return response
  }
}

const answer = (text: string, status: number): Response =>
  new Response(text, { status, headers: { 'content-type': media, 'cache-control': 'no-store' } })
