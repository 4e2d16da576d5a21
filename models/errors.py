"""The exception for everything that a user can mend."""

CODES: dict[str, str] = {
    "not_found": "a file, folder, style or other name that does not exist",
    "exists": "a file that would be replaced, although nobody asked for that",
    "invalid": "a value that is not understood, or is outside its range",
    "conflict": "two arguments that cannot be combined",
    "unreadable": "a file that cannot be read: damaged, empty, or of another kind",
    "unwritable": "a file that cannot be written",
    "disk_full": "no space left for a file",
    "out_of_memory": "a picture or a net that does not fit into memory",
    "unsupported": "something that this style, format, encoder or device cannot do",
    "mismatch": "a file that belongs to another run, net or picture",
    "not_installed": "a package, library or encoder that is not installed",
    "unavailable": "a device, screen, port or server that does not work, or went away",
    "in_use": "a file or folder that another run is using",
    "stopped": "the user stopped the work; what was done until then is kept",
    "failed": "the work itself went wrong, for the reason that the message gives",
}
"""code -> its meaning; programs act on the code, not on the message"""


class LivebrushError(Exception):
    """Something that a user can mend.

    message: what failed, what was found and what was expected, in one line; without options of the command line
    code:    what failed, for programs: one of CODES; it does not change when the message is reworded
    remedy:  what to do next, for programs: a key of REMEDIES, or "" where the message says everything
    values:  what the advice names, such as {"field": "crf"}

    A traceback shows the advice below the message. The command line gives the same advice with its own options, see
    `livebrush.realtime.commands.remedies`.
    """

    exit_code = 1

    def __init__(self, message: str, *, code: str = "failed", remedy: str = "", **values: object) -> None:
        super().__init__(" ".join(message.splitlines()))  # names in damaged files may hold line breaks
        self.code, self.remedy, self.values = code, remedy, values
        if remedy:
            self.add_note(self.advice)

    @property
    def advice(self) -> str:
        """What to do next, in terms of Python arguments; "" where there is no remedy."""
        return REMEDIES[self.remedy].format(**self.values) if self.remedy else ""

    def of(self, name: object) -> "LivebrushError":
        """The same error about one of several things: its message begins with the name."""
        return self.reworded(f"{name}: {self}")

    def reworded(self, message: str) -> "LivebrushError":
        """The same error with another message."""
        return LivebrushError(message, code=self.code, remedy=self.remedy, **self.values)


REMEDIES: dict[str, str] = {
    "overwrite": "replace it with overwrite=True, or name another file",
    "overwrite_or_skip": "replace it with overwrite=True, or leave it out with skip=True",
    "leave_out": "leave {field} out",
    "another_codec": "try another codec or format",
    "codec_or_format": "leave codec out, or write {formats}",
    "leave_out_sound": "{otherwise}leave it out with sound='none'",
    "leave_out_subtitles": "{otherwise}leave it out with subtitles=False",
    "pixel_format": "choose with pixel_format",
    "fps": "choose with fps",
    "keep_hdr": "keep_hdr=True takes it as it is",
    "no_deinterlace": "deinterlace=False leaves it as it is",
    "paint_video": "stylize_video paints all",
    "pipe": "pipe it into a player or a file",
    "go_on": "the same call with resume=True continues from there",
    "same_again": "the same call goes on from there",
    "overwrite_kept": "overwrite=True replaces them",
    "scale_extra": "install livebrush's 'scale' extra",
    "begin_anew": "start again without resume=True",
    "as_begun": "use what it was started with, or start again without resume=True",
    "as_begun_or_anew": "resume with what it was started with, or leave resume out and set overwrite=True",
    "resume_or_anew": "continue it with resume=True, or start again with overwrite=True",
    "start_anew": "leave resume out and start again with overwrite=True",
    "another_run": "start again in another run_folder, or resume with what it was started with",
    "resume_or_another_run": "continue it with resume=True, or take another run_folder",
    "learn": "livebrush.learn takes some minutes",
    "learn_anew": "overwrite=True learns it anew",
    "few_photos": "least_photos=1 trains with fewer",
    "photos_or_look": "take others, or make a look of the photo, which needs none",
    "smaller_or_cpu": "try a smaller size, or device='cpu'",
    "smaller_still": "size={size} makes a smaller picture",
    "smaller_tile": "tile={tile} takes less; or size={size} makes a smaller picture",
    "cuda_or_cpu": "install the NVIDIA driver and livebrush's 'cuda' extra, or use device='cpu'",
    "package_or_cpu": "install {package}, or use device='cpu'",
    "openvino_or_cpu": "install livebrush's 'openvino' extra, or use device='cpu'",
    "torch_cuda_or_cpu": "install PyTorch's CUDA build and the driver, or use device='cpu'",
    "one_gpu_each": "start torchrun with {gpus} processes, one for each GPU, or use device='cpu'",
    "batch_of_processes": "use a batch that divides by {processes}, such as {batch}, or another number of processes",
    "steadier_training": "try a lower learning_rate, or precision='float32'",
    "flat_picture": "try a lower learning_rate, a higher content_weight or a painting with more contrast",
    "loss_network": "fetch_vgg19 fetches it once (548 MB), or name another weight file",
    "fetch_by_hand": "fetch it by other means and put it at {path}, or name another weight file",
    "give_style": "train one, or name an .onnx file",
    "convert_by_onnx": "export it to ONNX with the code that trained it, and convert that",
    "convert_first": "convert it",
    "style_picture": "name one with style_picture",
    "input_range": "say which with input_range",
    "calibrate": "name one with calibrate",
    "force_conversion": "force=True writes it all the same",
    "list_styles": "livebrush.style_names() lists all",
    "train_one": "train_painting trains one style",
    "train_style": "train a style model, or make a look of a photo",
    "train_extra": "install livebrush's 'train' extra",
    "paint_texture": "livebrush.paint_texture makes pictures with it",
    "train_texture": "livebrush.train_texture makes one of a picture",
    "found_masks": "begin with the picture of the masks that are found",
    "list_cameras": "list_cameras lists what there is",
    "no_camera": "plug one in, or play a video file or the test picture",
    "camera_number": "name one by its number, such as {number}",
    "camera_list": "install the package cv2-enumerate-cameras, or name a camera by its number",
    "token": "give one",
    "another_port": "take another port, or end what uses it",
    "another_folder": "end that one, or take another folder",
    "no_window": "{first}, or run without a window and record, send or show the picture otherwise",
}
"""remedy -> the sentence for a caller from Python; {names} in it are filled from the error's values"""
