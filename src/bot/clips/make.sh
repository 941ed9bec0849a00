#!/usr/bin/env bash
# Makes the bots' clips: ten seconds each of a picture that says whose it is, with a running clock, and a voice-like tone.
# Loops seamlessly enough: the first frame is a keyframe, and there is one every two seconds.
set -euo pipefail
cd "$(dirname "$0")"
font=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

picture() { # name, colour, codec options, output
  ffmpeg -v error -y -f lavfi -i "color=$2:size=320x240:rate=15:duration=10" \
    -vf "drawtext=fontfile=$font:text='$1':fontcolor=white:fontsize=36:x=(w-text_w)/2:y=60,
         drawtext=fontfile=$font:text='%{pts\:hms}':fontcolor=white:fontsize=28:x=(w-text_w)/2:y=130,
         drawbox=x='mod(t*64,320)':y=200:w=24:h=24:color=white:t=fill" \
    "${@:4}" "$3"
}
voice() { # frequency, output
  ffmpeg -v error -y -f lavfi -i "sine=frequency=$1:sample_rate=48000:duration=10" \
    -af "tremolo=f=3:d=0.8,volume=0.4" -ac 1 -c:a libopus -b:a 24k -frame_duration 20 -application voip -page_duration 20000 "$2"
}

picture 现场民警 0x1d4ed8 officer.h264 -c:v libx264 -profile:v baseline -level 3.1 -pix_fmt yuv420p -g 30 -bf 0 -b:v 120k -x264-params repeat-headers=1:sliced-threads=0:slices=1 -f h264
picture 云端坐席 0x166534 seat.ivf -c:v libvpx -b:v 120k -g 30 -deadline good -auto-alt-ref 0 -f ivf
picture 当事人 0x7c2d12 party.ivf -c:v libvpx -b:v 120k -g 30 -deadline good -auto-alt-ref 0 -f ivf
voice 440 officer.ogg
voice 330 seat.ogg
voice 550 party.ogg
ffmpeg -v error -y -i officer.h264 -frames:v 1 -q:v 5 still.jpg
