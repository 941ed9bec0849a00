import { computed, onScopeDispose, ref, type ComputedRef, type Ref } from 'vue'

export type CheckName = 'camera' | 'microphone' | 'position' | 'clock' | 'network' | 'awake'
export type CheckState = 'ok' | 'ask' | 'bad'

export interface DeviceCheckOptions {
  /** Server clock minus this device's, ms; null: not known yet. */
  clockAheadMs: Readonly<Ref<number | null>>
  online: Readonly<Ref<boolean>>
  window?: Window
}

export interface DeviceCheck {
  checks: ComputedRef<{ name: CheckName; state: CheckState }[]>
  accuracyM: Readonly<Ref<number | null>>
  /** WeChat's browser, whose camera may stay black. */
  wechat: boolean
  /** Opens camera and microphone once, so that the system asks now and not in the call. */
  check: () => Promise<void>
}

/** The procedure asks for at most one second of difference. */
const CLOCK_MAX_MS = 1_000
type Permission = 'camera' | 'microphone' | 'geolocation'

/** Whether this phone can take a call, without opening anything until asked. */
export function useDeviceCheck(options: DeviceCheckOptions): DeviceCheck {
  const win = options.window ?? window
  const { navigator } = win
  const devices = navigator.mediaDevices as MediaDevices | undefined
  const camera = ref<CheckState>('ask')
  const microphone = ref<CheckState>('ask')
  const position = ref<CheckState>('ask')
  const accuracyM = ref<number | null>(null)
  let over = false
  onScopeDispose(() => (over = true))

  async function permission(name: Permission): Promise<PermissionState | null> {
    try {
      return (await navigator.permissions.query({ name: name })).state
    } catch (thrown) {
      // Browsers that don't know the name tell when the device is opened.
      if (thrown instanceof TypeError || thrown instanceof DOMException) return null
      throw thrown
    }
  }

  async function look(): Promise<void> {
    const list = devices === undefined ? [] : await devices.enumerateDevices()
    if (over) return
    const has = (kind: MediaDeviceKind) => list.some((device) => device.kind === kind)
    const judge = (there: boolean, state: PermissionState | null): CheckState => {
      if (!there || state === 'denied') return 'bad'
      return state === 'granted' ? 'ok' : 'ask'
    }
    camera.value = judge(has('videoinput'), await permission('camera'))
    microphone.value = judge(has('audioinput'), await permission('microphone'))
    const located = await permission('geolocation')
    if (located === 'denied') position.value = 'bad'
    if (located === 'granted') locate()
  }

  function locate(): void {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        position.value = 'ok'
        accuracyM.value = Math.round(coords.accuracy)
      },
      () => (position.value = 'bad'),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
    )
  }
  void look()

  return {
    accuracyM,
    wechat: /MicroMessenger/iu.test(navigator.userAgent),
    checks: computed(() => {
      const ahead = options.clockAheadMs.value
      const clock: CheckState = ahead === null ? 'ask' : Math.abs(ahead) <= CLOCK_MAX_MS ? 'ok' : 'bad'
      return [
        { name: 'camera', state: camera.value },
        { name: 'microphone', state: microphone.value },
        { name: 'position', state: position.value },
        { name: 'clock', state: clock },
        { name: 'network', state: options.online.value ? 'ok' : 'bad' },
        { name: 'awake', state: 'wakeLock' in navigator ? 'ok' : 'bad' },
      ]
    }),
    async check() {
      locate()
      try {
        const stream = await devices?.getUserMedia({
          audio: true,
          video: { facingMode: { ideal: 'environment' } },
        })
        for (const track of stream?.getTracks() ?? []) track.stop()
        camera.value = microphone.value = stream === undefined ? 'bad' : 'ok'
      } catch (thrown) {
        if (!(thrown instanceof DOMException)) throw thrown
        await look()
        if (camera.value === 'ask') camera.value = 'bad'
      }
    },
  }
}
