"""What to do about an error or a note, in the options of the command line."""

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Failed, Note

COMMANDS: dict[str, str] = {
    "overwrite": "add -y to replace it, or name another file",
    "overwrite_or_skip": "overwrite with -y, or keep it with -n",
    "leave_out": "leave {option} out",
    "another_codec": "try another --codec or format",
    "codec_or_format": "leave --codec out or write {formats}",
    "leave_out_sound": "{otherwise}leave it out with --no-sound",
    "leave_out_subtitles": "{otherwise}leave it out with --no-subtitles",
    "pixel_format": "see --pix-fmt",
    "fps": "see --fps",
    "keep_hdr": "--keep-hdr takes it as it is",
    "no_deinterlace": "--no-deinterlace leaves it as it is",
    "paint_video": "'livebrush video' paints all",
    "pipe": "pipe it into a player or a file, … -o - | ffplay -",
    "go_on": "the same command with --resume continues from there",
    "same_again": "the same command goes on from there",
    "overwrite_kept": "-y replaces them",
    "scale_extra": "pip install -c constraints.txt -e '.[scale]'",
    "begin_anew": "start again without --resume",
    "as_begun": "use what it was started with, or start again without --resume",
    "as_begun_or_anew": "resume with what it was started with, or leave --resume out and add -y to start again",
    "resume_or_anew": "add --resume to continue it, or -y to start again",
    "start_anew": "leave --resume out and add -y to start again",
    "another_run": "start again with another --run-dir, or resume with what it was started with",
    "resume_or_another_run": "add --resume to continue it, or take another --run-dir",
    "learn": "livebrush learn {picture}",
    "learn_anew": "-y learns it anew",
    "few_photos": "--few-photos trains with fewer",
    "photos_or_look": "take others, or 'livebrush look', which needs none",
    "smaller_or_cpu": "try a smaller --size or --device cpu",
    "smaller_still": "--size {size} for a smaller picture",
    "smaller_tile": "--tile {tile} takes less; or --size {size} for a smaller picture",
    "cuda_or_cpu": "install the NVIDIA driver and livebrush's 'cuda' extra, or use --device cpu",
    "package_or_cpu": "install {package}, or use --device cpu",
    "openvino_or_cpu": "install livebrush's 'openvino' extra, or use --device cpu",
    "torch_cuda_or_cpu": "install PyTorch's CUDA build and the driver, or use --device cpu",
    "one_gpu_each": "start torchrun with --nproc-per-node {gpus}, or use --device cpu",
    "batch_of_processes": "use a --batch that divides by {processes}, such as {batch}, or another --nproc-per-node",
    "steadier_training": "try a lower --learning-rate or --precision float32",
    "flat_picture": "try a lower --learning-rate, a higher --content-weight or a painting with more contrast",
    "loss_network": "add --download to fetch it once (548 MB), or name a weight file with --loss-net FILE",
    "fetch_by_hand": "fetch it by other means and put it at {path}, or name it with --loss-net",
    "give_style": "train one, or give an .onnx file with -s",
    "convert_by_onnx": "export it to ONNX with the code that trained it, and convert that",
    "convert_first": "'livebrush convert' makes a style model of it",
    "style_picture": "name one with --style-picture",
    "input_range": "say which with --input-range",
    "calibrate": "--calibrate clip.mp4",
    "force_conversion": "--force writes it all the same",
    "list_styles": "'livebrush styles' lists all",
    "train_one": "'livebrush train painting' trains one style",
    "train_style": "make style models with 'livebrush train' or 'livebrush look'",
    "train_extra": "pip install -c constraints.txt -e '.[train]'",
    "paint_texture": "'livebrush texture {name}' makes pictures with it",
    "train_texture": "'livebrush train texture PICTURE' makes one",
    "found_masks": "begin with the picture that 'livebrush masks' writes",
    "list_cameras": "'livebrush cameras' lists what there is",
    "no_camera": (
        "plug one in, or play a video file (livebrush live video.mp4) or the test picture (livebrush live "
        "--test-pattern)"
    ),
    "camera_number": "name one by its number: --camera {number}",
    "camera_list": (
        "pip install -c constraints.txt cv2-enumerate-cameras, or name a camera by its number: --camera 0"
    ),
    "token": "give one with --token, or let one be made: --token without a word",
    "another_port": "take another with --port, or end what uses it",
    "another_folder": "end that one, or take another folder",
    "no_window": (
        "{first}, or run without a window: --no-window with --record FILE, --virtual-camera or --send udp://…; "
        "'livebrush video' paints a file"
    ),
}
"""what `livebrush.models.errors.REMEDIES` says to Python, key for key; {option} is the one for a field"""


def said(what: LivebrushError | Note | Failed) -> str:
    """An error or a note, as a line for the terminal: the message, and what to do next."""
    if not what.remedy:
        return str(what)
    values = {**what.values, "option": _option(str(what.values.get("field", "")))}
    end = "" if str(what).endswith("?") else ":"
    return f"{what}{end} {COMMANDS[what.remedy].format(**values)}"


def _option(field: str) -> str:
    return f"--{field.replace('_', '-')}"
