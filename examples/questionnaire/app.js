/* global FHIR: fhirclient's browser build */

const instrument = 'https://sluice.example/fhir/Questionnaire/phq-9'
const total = 'http://loinc.org|44261-6'
const highest = 27

const at = (id) => document.getElementById(id)
const say = (text) => void (at('state').textContent = text)

/** An element; text goes in as text, whatever a server sends. */
const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(key, value)
  made.append(...children)
  return made
}

// --- Refusals

/** What the server says: the texts of an OperationOutcome, or of an OAuth error. `fhirclient` puts the body into the message. */
const saidBy = (fault) => {
  const { message } = fault
  try {
    const body = JSON.parse(message.slice(message.indexOf('{'), message.lastIndexOf('}') + 1))
    return body.issue.map(({ details, diagnostics }) => details?.text ?? diagnostics ?? '').join('; ')
  } catch {
    return message.split('\n').findLast((line) => line !== '') ?? ''
  }
}

const explained = {
  401: ['The access has ended', 'It expired, or somebody ended it. Start again to get a new one.'],
  403: [
    'MoodTrack may not do this',
    'It was not allowed when you let the app in. Start again to allow more.',
  ],
  404: [
    'There is nothing that you may see',
    'It is not there, or the patient’s consent does not reach this far.',
  ],
  422: ['The answers were not taken', 'Look at what the server says, and send them again.'],
}

/** What went wrong, in words for people, with the server's own words beside them. */
const tell = (doing, fault) => {
  const [title, text] = explained[fault.status] ?? [
    'That did not work',
    'The server did not answer as it should. Try again in a moment.',
  ]
  showProblem(title, `${doing}: ${text}`, saidBy(fault))
}

const showProblem = (title, text, said) => {
  const problem = element('div', { class: 'problem' }, element('h2', {}, title), element('p', {}, text))
  if (said !== '') problem.append(element('p', { class: 'small' }, `The server says: ${said}`))
  at('problems').append(problem)
}

/** Does one thing, or tells why it could not be done; the rest of the page goes on. */
const attempt = async (doing, work) => {
  try {
    return await work()
  } catch (fault) {
    tell(doing, fault)
    return undefined
  }
}

// --- What the server holds

/** Asks the server. `fhirclient` renews an access token that is about to expire; the page says so. */
const ask = async (client, request, options) => {
  const before = client.state.tokenResponse?.access_token
  const answer = await client.request(request, options)
  const now = client.state.tokenResponse?.access_token
  if (now !== undefined && now !== before) say('The access had expired and was renewed.')
  return answer
}

const resourcesIn = ({ entry = [] }) => entry.map(({ resource }) => resource)

const search = async (client, type, given) =>
  resourcesIn(await ask(client, `${type}?${new URLSearchParams(given)}`))

const patientOf = (client) => ask(client, `Patient/${client.patient.id}`)

const scoresOf = (client, more = {}) =>
  search(client, 'Observation', {
    patient: `Patient/${client.patient.id}`,
    category: 'survey',
    code: total,
    _sort: 'date',
    _count: '200',
    ...more,
  })

const questionnaireFrom = async (client) => {
  const [found] = await search(client, 'Questionnaire', { url: instrument })
  return found
}

// --- The patient

const showPatient = ({ name = [], birthDate = '' }) => {
  const [{ text, given = [], family = '' } = {}] = name
  at('patient').textContent = `${text ?? [...given, family].join(' ')}, born ${birthDate}`
}

// --- The scores

const dayOf = ({ effectiveDateTime = '' }) =>
  new Date(effectiveDateTime).toLocaleDateString('en-US', { dateStyle: 'medium' })

const meaningOf = ({ interpretation: [{ text = '' } = {}] = [] }) => text

const showScores = (scores) => {
  at('trend').hidden = false
  const latest = scores.at(-1)
  at('latest').textContent =
    latest === undefined
      ? 'There is no score yet, or none that you may see.'
      : `The latest score is ${latest.valueInteger} of ${highest}: ${meaningOf(latest).toLowerCase()}.`
  at('chart').replaceChildren(...(scores.length < 2 ? [] : [chartOf(scores)]))
  at('scores').closest('table').hidden = latest === undefined
  at('scores').replaceChildren(
    ...scores
      .toReversed()
      .map((one) =>
        element(
          'tr',
          {},
          element('td', {}, dayOf(one)),
          element('td', {}, String(one.valueInteger)),
          element('td', {}, meaningOf(one)),
        ),
      ),
  )
}

const drawn = (name, attributes, text = '') => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.textContent = text
  return made
}

/** The scores as a line; the table below it says the same. */
const chartOf = (scores) => {
  const [left, right, top, bottom] = [32, 405, 14, 176]
  const times = scores.map(({ effectiveDateTime }) => Date.parse(effectiveDateTime))
  const [first, last] = [times[0], times.at(-1)]
  const x = (time) => (first === last ? left : left + ((time - first) / (last - first)) * (right - left))
  const y = (value) => bottom - (value / highest) * (bottom - top)
  const points = scores.map((one, index) => [x(times[index]), y(one.valueInteger)])
  const svg = drawn('svg', { viewBox: '0 0 420 210', role: 'img', 'aria-label': described(scores) })
  for (const value of [0, 9, 18, 27])
    svg.append(
      drawn('line', { class: 'axis', x1: left, x2: right, y1: y(value), y2: y(value) }),
      drawn('text', { x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, String(value)),
    )
  svg.append(drawn('polyline', { class: 'line', points: points.map((one) => one.join(',')).join(' ') }))
  for (const [cx, cy] of points) svg.append(drawn('circle', { class: 'point', cx, cy, r: 5 }))
  svg.append(
    drawn('text', { x: left, y: bottom + 24 }, dayOf(scores[0])),
    drawn('text', { x: right, y: bottom + 24, 'text-anchor': 'end' }, dayOf(scores.at(-1))),
  )
  return svg
}

const described = (scores) =>
  `PHQ-9 scores over time, from ${scores[0].valueInteger} on ${dayOf(scores[0])} to ${scores.at(-1).valueInteger} on ${dayOf(scores.at(-1))}; the table has them all`

// --- The questions

const showForm = (client, questionnaire) => {
  at('ask').hidden = false
  at('ask-title').textContent = questionnaire.title
  at('copyright').textContent = questionnaire.copyright ?? ''
  const form = at('form')
  form.replaceChildren(
    ...questionnaire.item.map(questionOf),
    element('button', { type: 'submit' }, 'Send the answers'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(client, questionnaire, form)
  })
}

/** A question with its answers, as the Questionnaire has them; an item of type `display` is a paragraph. */
const questionOf = ({ linkId, type, prefix, text, required, answerOption = [] }) => {
  if (type === 'display') return element('p', {}, text)
  const legend = `${prefix === undefined ? '' : `${prefix}. `}${text}${required ? '' : ' (may be left out)'}`
  return element(
    'fieldset',
    {},
    element('legend', {}, legend),
    ...answerOption.map(({ valueCoding }, index) =>
      element(
        'label',
        {},
        element('input', { type: 'radio', name: linkId, value: index, required: required ? '' : undefined }),
        element('span', {}, valueCoding.display),
      ),
    ),
  )
}

const responseOf = (client, { url, item }, answers) => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: url,
  status: 'completed',
  subject: { reference: `Patient/${client.patient.id}` },
  authored: new Date().toISOString(),
  source: { reference: `Patient/${client.patient.id}` },
  item: item
    .filter(({ linkId }) => answers.has(linkId))
    .map(({ linkId, text, answerOption }) => {
      const { system, code, display } = answerOption[Number(answers.get(linkId))].valueCoding
      return { linkId, text, answer: [{ valueCoding: { system, code, display } }] }
    }),
})

/** Sends the answers, and shows the score that the server worked out of them: it is never worked out here. */
const send = async (client, questionnaire, form) => {
  at('problems').replaceChildren()
  say('Sending …')
  const sent = await attempt('Sending the answers', () =>
    ask(client, {
      url: 'QuestionnaireResponse',
      method: 'POST',
      // With an empty answer `fhirclient` would read what was sent, and that was not asked for.
      headers: { 'content-type': 'application/fhir+json', prefer: 'return=OperationOutcome' },
      body: JSON.stringify(responseOf(client, questionnaire, new FormData(form))),
      includeResponse: true,
    }),
  )
  if (sent === undefined) return say('')
  form.reset()
  say('Your answers were received.')
  showHelp(sent.response.headers.get('link') ?? '')
  await attempt('Reading the score', async () => {
    const id = (sent.response.headers.get('location') ?? '').split('/').at(-1)
    const [score] = await scoresOf(client, { 'derived-from': `QuestionnaireResponse/${id}` })
    if (score !== undefined)
      say(
        `Your answers were received. The score is ${score.valueInteger} of ${highest}: ${meaningOf(score).toLowerCase()}.`,
      )
    showScores(await scoresOf(client))
  })
  at('state').scrollIntoView({ block: 'center' })
}

/** Help that the server points to where an answer asks for it: `Link` with `rel="help"` (RFC 8288). */
const showHelp = (header) => {
  at('help')?.remove()
  const links = [...header.matchAll(/<((?:tel|https):[^>]+)>;[^<]*rel="help"[^<]*?title="([^"]*)"/g)]
  if (links.length === 0) return
  const help = element('p', { class: 'help', id: 'help' }, 'You do not have to be alone with this. ')
  for (const [, href, title] of links) help.append(element('a', { href }, title), ' ')
  at('state').after(help)
}

// --- Everything in order

const openRecords = async () => {
  const client = await FHIR.oauth2.ready()
  if (client.patient.id === null)
    return showProblem(
      'Nobody was chosen',
      'MoodTrack works with one patient. Start again and choose one.',
      '',
    )
  say('')
  const patient = await attempt('Reading who this is about', () => patientOf(client))
  if (client.state.tokenResponse?.access_token === undefined) return undefined
  if (patient !== undefined) showPatient(patient)
  const scores = await attempt('Reading the scores', () => scoresOf(client))
  if (scores !== undefined) showScores(scores)
  const questionnaire = await attempt('Reading the questions', () => questionnaireFrom(client))
  if (questionnaire !== undefined) showForm(client, questionnaire)
  else if (patient !== undefined && scores !== undefined && at('problems').childElementCount === 0)
    showProblem('The questions are missing', 'The server has no PHQ-9 that you may see.', '')
  return undefined
}

try {
  await openRecords()
} catch (fault) {
  say('')
  const refused = new URLSearchParams(location.search).has('error') || fault.status !== undefined
  if (refused)
    showProblem('MoodTrack was not let in', 'Start again if that is not what you meant.', saidBy(fault))
  else showProblem('Nothing is open here', 'Start MoodTrack beside a record, or by itself below.', '')
}
