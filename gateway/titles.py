"""The Chinese titles of the gateway's own problems, by slug."""

from collections.abc import Mapping

CHINESE_TITLES: Mapping[str, str] = {
    "administration-forbidden": "该账号不归您管理",
    "client-refused": "客户端编号或密钥错误",
    "employee-taken": "该员工已有另一个账号",
    "grant-unknown": "这里只接受 client_credentials",
    "identity-refused": "不能这样更改该账号、客户端或门店",
    "import-ended": "导入已经结束",
    "import-refused": "该导入不允许这样做",
    "import-writing": "导入开始写入后不能取消",
    "last-administrator": "至少要留一名平台管理员",
    "login-refused": "用户名或密码错误",
    "login-throttled": "登录失败次数过多,请稍后再试",
    "multipart-required": "请以 multipart/form-data 发送文件",
    "name-taken": "该名称已被使用",
    "overview-unavailable": "需要的部分目前无法取得",
    "path-invalid": "地址中有不允许的字符",
    "period-invalid": "时间段无效",
    "refresh-refused": "登录已失效,请重新登录",
    "service-timed-out": "服务没有及时应答",
    "service-unavailable": "服务暂时不可用",
    "thread-ambiguous": "该编号对应多项内容,请用 kind 说明",
}
