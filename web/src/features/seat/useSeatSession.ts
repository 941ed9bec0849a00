import { computed, ref, shallowRef, watch } from 'vue'
import type { Api } from '@/api/api'
import type { Capture as Still, FieldValue } from '@/api/schema.gen'
import { Problem } from '@/api/problem'
import type { Capture } from '@/media/capture'
import { useCall } from '@/media/useCall'
import type { Socket } from '@/realtime/socket'
import { useProcedure } from '@/realtime/useProcedure'
import { useResource } from '@/shared/composables/useResource'
import { useTask } from '@/shared/composables/useTask'
import { captureKind, currentStep, deskAction, mayHaveNewStill } from './reading'
import { grab } from './still'

/** A session as its seat works in it: call, procedure, stills, and the one next action. */
export function useSeatSession(options: { api: Api; socket: Socket; sid: string; capture: Capture }) {
  const { api, socket, sid, capture } = options
  const session = useResource(() => api.session(sid))
  const call = useCall({ socket, sid, capture })
  const procedure = useProcedure({ api, socket, sid })
  const { view } = procedure

  const stills = shallowRef<readonly Still[]>([])
  /** The element that shows the large picture. */
  const picture = shallowRef<HTMLVideoElement | null>(null)
  /** A still was just taken: the picture flashes. */
  const flash = ref(0)

  const step = computed(() => (view.value === null ? null : currentStep(view.value)))
  const action = computed(() => (view.value === null ? ({ do: 'none' } as const) : deskAction(view.value)))

  async function readStills() {
    try {
      stills.value = (await api.captures(sid)).items.toReversed()
    } catch (thrown) {
      // Read again with the next still; the step's own needs say what is missing.
      if (!(thrown instanceof Problem)) throw thrown
    }
  }
  watch(view, (now, before) => {
    if (now !== null && mayHaveNewStill(now, before)) void readStills()
    // Its heading is read again as long as it could not be.
    if (session.data.value === null && !session.loading.value) void session.reload()
  })
  void readStills()

  const act = useTask(async (request: () => ReturnType<Api['steps']>) => procedure.apply(request()))

  /** Does what the button says. */
  function perform() {
    const next = action.value
    if (next.do === 'read') void act.run(() => api.readSentence(sid, next.step, next.sentence))
    else if (next.do === 'start') void act.run(() => api.startStep(sid, next.step))
    else if (next.do === 'confirm') void act.run(() => api.confirm(sid, next.step, next.guard))
    else if (next.do === 'complete') void act.run(() => api.completeStep(sid, next.step))
  }
  /** The running step from its first sentence; the attempt so far stays in the log. */
  function fromBeginning() {
    const running = step.value
    if (running?.state === 'running' && running.sentences.length > 0) {
      void act.run(() => api.startStep(sid, running.id))
    }
  }

  const still = useTask(async (field: string | null, own: boolean) => {
    const image = own ? await capture.still() : await grab(picture.value)
    const at = step.value
    const query = {
      kind: captureKind(field ?? 'still'),
      ...(at === null ? {} : { step: at.id }),
      ...(field === null ? {} : { field }),
    }
    const taken = await procedure.apply(api.capture(sid, image, query).then((answer) => answer.view))
    flash.value += 1
    await readStills()
    return taken
  })
  /** C: fills the first picture the step lacks, else is kept as it is. */
  function takeStill() {
    const lacking = step.value?.needs.find(
      (need) => need.type === 'media' && !need.filled && !need.field.startsWith('seat_'),
    )
    void still.run(step.value?.state === 'running' ? (lacking?.field ?? null) : null, false)
  }

  const sealed = ref(false)
  const seal = useTask(async () => {
    await api.seal(sid)
    sealed.value = true
  })
  const setFields = (stepId: string, values: Record<string, FieldValue>) =>
    act.run(() => api.setFields(sid, stepId, values))

  call.join()
  return {
    sid,
    session,
    call,
    procedure,
    view,
    step,
    action,
    stills,
    picture,
    flash,
    /** Which element shows the large picture now. */
    show(video: HTMLVideoElement | null) {
      picture.value = video
    },
    act,
    still,
    seal,
    sealed,
    perform,
    fromBeginning,
    takeStill,
    fillPicture: (field: string) => still.run(field, field.startsWith('seat_')),
    setFields,
    confirm: (stepId: string, guard: string) => act.run(() => api.confirm(sid, stepId, guard)),
    review: (verdict: 'approved' | 'rejected' | 'escalated', reason?: string) =>
      act.run(() => api.review(sid, { verdict, ...(reason === undefined ? {} : { reason }) })),
    exit: (exit: string, reason: string) => act.run(() => api.exit(sid, { exit, reason })),
  }
}

/** What [`useSeatSession`] returns. */
export type SeatSession = ReturnType<typeof useSeatSession>
