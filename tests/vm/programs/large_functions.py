# SPDX-License-Identifier: Apache-2.0
"""A function with very many variables, another with jumps over long distances, and a wide expression."""


def locals_200(a):
    v0 = a + 0
    v1 = a + 1
    v2 = a + 2
    v3 = a + 3
    v4 = a + 4
    v5 = a + 5
    v6 = a + 6
    v7 = a + 7
    v8 = a + 8
    v9 = a + 9
    v10 = a + 10
    v11 = a + 11
    v12 = a + 12
    v13 = a + 13
    v14 = a + 14
    v15 = a + 15
    v16 = a + 16
    v17 = a + 17
    v18 = a + 18
    v19 = a + 19
    v20 = a + 20
    v21 = a + 21
    v22 = a + 22
    v23 = a + 23
    v24 = a + 24
    v25 = a + 25
    v26 = a + 26
    v27 = a + 27
    v28 = a + 28
    v29 = a + 29
    v30 = a + 30
    v31 = a + 31
    v32 = a + 32
    v33 = a + 33
    v34 = a + 34
    v35 = a + 35
    v36 = a + 36
    v37 = a + 37
    v38 = a + 38
    v39 = a + 39
    v40 = a + 40
    v41 = a + 41
    v42 = a + 42
    v43 = a + 43
    v44 = a + 44
    v45 = a + 45
    v46 = a + 46
    v47 = a + 47
    v48 = a + 48
    v49 = a + 49
    v50 = a + 50
    v51 = a + 51
    v52 = a + 52
    v53 = a + 53
    v54 = a + 54
    v55 = a + 55
    v56 = a + 56
    v57 = a + 57
    v58 = a + 58
    v59 = a + 59
    v60 = a + 60
    v61 = a + 61
    v62 = a + 62
    v63 = a + 63
    v64 = a + 64
    v65 = a + 65
    v66 = a + 66
    v67 = a + 67
    v68 = a + 68
    v69 = a + 69
    v70 = a + 70
    v71 = a + 71
    v72 = a + 72
    v73 = a + 73
    v74 = a + 74
    v75 = a + 75
    v76 = a + 76
    v77 = a + 77
    v78 = a + 78
    v79 = a + 79
    v80 = a + 80
    v81 = a + 81
    v82 = a + 82
    v83 = a + 83
    v84 = a + 84
    v85 = a + 85
    v86 = a + 86
    v87 = a + 87
    v88 = a + 88
    v89 = a + 89
    v90 = a + 90
    v91 = a + 91
    v92 = a + 92
    v93 = a + 93
    v94 = a + 94
    v95 = a + 95
    v96 = a + 96
    v97 = a + 97
    v98 = a + 98
    v99 = a + 99
    v100 = a + 100
    v101 = a + 101
    v102 = a + 102
    v103 = a + 103
    v104 = a + 104
    v105 = a + 105
    v106 = a + 106
    v107 = a + 107
    v108 = a + 108
    v109 = a + 109
    v110 = a + 110
    v111 = a + 111
    v112 = a + 112
    v113 = a + 113
    v114 = a + 114
    v115 = a + 115
    v116 = a + 116
    v117 = a + 117
    v118 = a + 118
    v119 = a + 119
    v120 = a + 120
    v121 = a + 121
    v122 = a + 122
    v123 = a + 123
    v124 = a + 124
    v125 = a + 125
    v126 = a + 126
    v127 = a + 127
    v128 = a + 128
    v129 = a + 129
    v130 = a + 130
    v131 = a + 131
    v132 = a + 132
    v133 = a + 133
    v134 = a + 134
    v135 = a + 135
    v136 = a + 136
    v137 = a + 137
    v138 = a + 138
    v139 = a + 139
    v140 = a + 140
    v141 = a + 141
    v142 = a + 142
    v143 = a + 143
    v144 = a + 144
    v145 = a + 145
    v146 = a + 146
    v147 = a + 147
    v148 = a + 148
    v149 = a + 149
    v150 = a + 150
    v151 = a + 151
    v152 = a + 152
    v153 = a + 153
    v154 = a + 154
    v155 = a + 155
    v156 = a + 156
    v157 = a + 157
    v158 = a + 158
    v159 = a + 159
    v160 = a + 160
    v161 = a + 161
    v162 = a + 162
    v163 = a + 163
    v164 = a + 164
    v165 = a + 165
    v166 = a + 166
    v167 = a + 167
    v168 = a + 168
    v169 = a + 169
    v170 = a + 170
    v171 = a + 171
    v172 = a + 172
    v173 = a + 173
    v174 = a + 174
    v175 = a + 175
    v176 = a + 176
    v177 = a + 177
    v178 = a + 178
    v179 = a + 179
    v180 = a + 180
    v181 = a + 181
    v182 = a + 182
    v183 = a + 183
    v184 = a + 184
    v185 = a + 185
    v186 = a + 186
    v187 = a + 187
    v188 = a + 188
    v189 = a + 189
    v190 = a + 190
    v191 = a + 191
    v192 = a + 192
    v193 = a + 193
    v194 = a + 194
    v195 = a + 195
    v196 = a + 196
    v197 = a + 197
    v198 = a + 198
    v199 = a + 199
    return v0 + v199 * v100 - v50, [v1, v99, v198]


print(locals_200(5))


def far(n):
    out = []
    for i in range(n):
        if i < 2:
            out.append("low")
        elif i == 3 and n > 1:
            out.append(i * 0 + n)
            out.append(i * 1 + n)
            out.append(i * 2 + n)
            out.append(i * 3 + n)
            out.append(i * 4 + n)
            out.append(i * 5 + n)
            out.append(i * 6 + n)
            out.append(i * 7 + n)
            out.append(i * 8 + n)
            out.append(i * 9 + n)
            out.append(i * 10 + n)
            out.append(i * 11 + n)
            out.append(i * 12 + n)
            out.append(i * 13 + n)
            out.append(i * 14 + n)
            out.append(i * 15 + n)
            out.append(i * 16 + n)
            out.append(i * 17 + n)
            out.append(i * 18 + n)
            out.append(i * 19 + n)
            out.append(i * 20 + n)
            out.append(i * 21 + n)
            out.append(i * 22 + n)
            out.append(i * 23 + n)
            out.append(i * 24 + n)
            out.append(i * 25 + n)
            out.append(i * 26 + n)
            out.append(i * 27 + n)
            out.append(i * 28 + n)
            out.append(i * 29 + n)
            out.append(i * 30 + n)
            out.append(i * 31 + n)
            out.append(i * 32 + n)
            out.append(i * 33 + n)
            out.append(i * 34 + n)
            out.append(i * 35 + n)
            out.append(i * 36 + n)
            out.append(i * 37 + n)
            out.append(i * 38 + n)
            out.append(i * 39 + n)
            out.append(i * 40 + n)
            out.append(i * 41 + n)
            out.append(i * 42 + n)
            out.append(i * 43 + n)
            out.append(i * 44 + n)
            out.append(i * 45 + n)
            out.append(i * 46 + n)
            out.append(i * 47 + n)
            out.append(i * 48 + n)
            out.append(i * 49 + n)
            out.append(i * 50 + n)
            out.append(i * 51 + n)
            out.append(i * 52 + n)
            out.append(i * 53 + n)
            out.append(i * 54 + n)
            out.append(i * 55 + n)
            out.append(i * 56 + n)
            out.append(i * 57 + n)
            out.append(i * 58 + n)
            out.append(i * 59 + n)
        else:
            out[-1:] = [i + 0, n]
            out[-1:] = [i + 1, n]
            out[-1:] = [i + 2, n]
            out[-1:] = [i + 3, n]
            out[-1:] = [i + 4, n]
            out[-1:] = [i + 5, n]
            out[-1:] = [i + 6, n]
            out[-1:] = [i + 7, n]
            out[-1:] = [i + 8, n]
            out[-1:] = [i + 9, n]
            out[-1:] = [i + 10, n]
            out[-1:] = [i + 11, n]
            out[-1:] = [i + 12, n]
            out[-1:] = [i + 13, n]
            out[-1:] = [i + 14, n]
            out[-1:] = [i + 15, n]
            out[-1:] = [i + 16, n]
            out[-1:] = [i + 17, n]
            out[-1:] = [i + 18, n]
            out[-1:] = [i + 19, n]
            out[-1:] = [i + 20, n]
            out[-1:] = [i + 21, n]
            out[-1:] = [i + 22, n]
            out[-1:] = [i + 23, n]
            out[-1:] = [i + 24, n]
            out[-1:] = [i + 25, n]
            out[-1:] = [i + 26, n]
            out[-1:] = [i + 27, n]
            out[-1:] = [i + 28, n]
            out[-1:] = [i + 29, n]
            out[-1:] = [i + 30, n]
            out[-1:] = [i + 31, n]
            out[-1:] = [i + 32, n]
            out[-1:] = [i + 33, n]
            out[-1:] = [i + 34, n]
            out[-1:] = [i + 35, n]
            out[-1:] = [i + 36, n]
            out[-1:] = [i + 37, n]
            out[-1:] = [i + 38, n]
            out[-1:] = [i + 39, n]
            out[-1:] = [i + 40, n]
            out[-1:] = [i + 41, n]
            out[-1:] = [i + 42, n]
            out[-1:] = [i + 43, n]
            out[-1:] = [i + 44, n]
            out[-1:] = [i + 45, n]
            out[-1:] = [i + 46, n]
            out[-1:] = [i + 47, n]
            out[-1:] = [i + 48, n]
            out[-1:] = [i + 49, n]
            out[-1:] = [i + 50, n]
            out[-1:] = [i + 51, n]
            out[-1:] = [i + 52, n]
            out[-1:] = [i + 53, n]
            out[-1:] = [i + 54, n]
            out[-1:] = [i + 55, n]
            out[-1:] = [i + 56, n]
            out[-1:] = [i + 57, n]
            out[-1:] = [i + 58, n]
            out[-1:] = [i + 59, n]
        while n > 100:
            n -= 1
            out.append(0)
            out.append(1)
            out.append(2)
            out.append(3)
            out.append(4)
            out.append(5)
            out.append(6)
            out.append(7)
            out.append(8)
            out.append(9)
            out.append(10)
            out.append(11)
            out.append(12)
            out.append(13)
            out.append(14)
            out.append(15)
            out.append(16)
            out.append(17)
            out.append(18)
            out.append(19)
            out.append(20)
            out.append(21)
            out.append(22)
            out.append(23)
            out.append(24)
            out.append(25)
            out.append(26)
            out.append(27)
            out.append(28)
            out.append(29)
            out.append(30)
            out.append(31)
            out.append(32)
            out.append(33)
            out.append(34)
            out.append(35)
            out.append(36)
            out.append(37)
            out.append(38)
            out.append(39)
            out.append(40)
            out.append(41)
            out.append(42)
            out.append(43)
            out.append(44)
            out.append(45)
            out.append(46)
            out.append(47)
            out.append(48)
            out.append(49)
    return len(out), out[:3], out[-5:], sum(v for v in out if v != "low")


print(far(6), far(3), far(103))


def wide(a):
    return [
        a + 0,
        a + 1,
        a + 2,
        a + 3,
        a + 4,
        a + 5,
        a + 6,
        a + 7,
        a + 8,
        a + 9,
        a + 10,
        a + 11,
        a + 12,
        a + 13,
        a + 14,
        a + 15,
        a + 16,
        a + 17,
        a + 18,
        a + 19,
        a + 20,
        a + 21,
        a + 22,
        a + 23,
        a + 24,
        a + 25,
        a + 26,
        a + 27,
        a + 28,
        a + 29,
        a + 30,
        a + 31,
        a + 32,
        a + 33,
        a + 34,
        a + 35,
        a + 36,
        a + 37,
        a + 38,
        a + 39,
        a + 40,
        a + 41,
        a + 42,
        a + 43,
        a + 44,
        a + 45,
        a + 46,
        a + 47,
        a + 48,
        a + 49,
        a + 50,
        a + 51,
        a + 52,
        a + 53,
        a + 54,
        a + 55,
        a + 56,
        a + 57,
        a + 58,
        a + 59,
        a + 60,
        a + 61,
        a + 62,
        a + 63,
        a + 64,
        a + 65,
        a + 66,
        a + 67,
        a + 68,
        a + 69,
        a + 70,
        a + 71,
        a + 72,
        a + 73,
        a + 74,
        a + 75,
        a + 76,
        a + 77,
        a + 78,
        a + 79,
        a + 80,
        a + 81,
        a + 82,
        a + 83,
        a + 84,
        a + 85,
        a + 86,
        a + 87,
        a + 88,
        a + 89,
        a + 90,
        a + 91,
        a + 92,
        a + 93,
        a + 94,
        a + 95,
        a + 96,
        a + 97,
        a + 98,
        a + 99,
        a + 100,
        a + 101,
        a + 102,
        a + 103,
        a + 104,
        a + 105,
        a + 106,
        a + 107,
        a + 108,
        a + 109,
        a + 110,
        a + 111,
        a + 112,
        a + 113,
        a + 114,
        a + 115,
        a + 116,
        a + 117,
        a + 118,
        a + 119,
    ]


print(wide(1), sum(wide(0)))


def expression(a, b):
    return (
        (a * 0 - b * (a + 0))
        + (a * 1 - b * (a + 1))
        + (a * 2 - b * (a + 2))
        + (a * 3 - b * (a + 3))
        + (a * 4 - b * (a + 4))
        + (a * 5 - b * (a + 5))
        + (a * 6 - b * (a + 6))
        + (a * 7 - b * (a + 7))
        + (a * 8 - b * (a + 8))
        + (a * 9 - b * (a + 9))
        + (a * 10 - b * (a + 10))
        + (a * 11 - b * (a + 11))
        + (a * 12 - b * (a + 12))
        + (a * 13 - b * (a + 13))
        + (a * 14 - b * (a + 14))
        + (a * 15 - b * (a + 15))
        + (a * 16 - b * (a + 16))
        + (a * 17 - b * (a + 17))
        + (a * 18 - b * (a + 18))
        + (a * 19 - b * (a + 19))
        + (a * 20 - b * (a + 20))
        + (a * 21 - b * (a + 21))
        + (a * 22 - b * (a + 22))
        + (a * 23 - b * (a + 23))
        + (a * 24 - b * (a + 24))
        + (a * 25 - b * (a + 25))
        + (a * 26 - b * (a + 26))
        + (a * 27 - b * (a + 27))
        + (a * 28 - b * (a + 28))
        + (a * 29 - b * (a + 29))
        + (a * 30 - b * (a + 30))
        + (a * 31 - b * (a + 31))
        + (a * 32 - b * (a + 32))
        + (a * 33 - b * (a + 33))
        + (a * 34 - b * (a + 34))
        + (a * 35 - b * (a + 35))
        + (a * 36 - b * (a + 36))
        + (a * 37 - b * (a + 37))
        + (a * 38 - b * (a + 38))
        + (a * 39 - b * (a + 39))
    )


print(expression(3, 4))


def far_exceptions(n):
    try:
        n = n + 0 // (n - 200)
        n = n + 1 // (n - 201)
        n = n + 2 // (n - 202)
        n = n + 3 // (n - 203)
        n = n + 4 // (n - 204)
        n = n + 5 // (n - 205)
        n = n + 6 // (n - 206)
        n = n + 7 // (n - 207)
        n = n + 8 // (n - 208)
        n = n + 9 // (n - 209)
        n = n + 10 // (n - 210)
        n = n + 11 // (n - 211)
        n = n + 12 // (n - 212)
        n = n + 13 // (n - 213)
        n = n + 14 // (n - 214)
        n = n + 15 // (n - 215)
        n = n + 16 // (n - 216)
        n = n + 17 // (n - 217)
        n = n + 18 // (n - 218)
        n = n + 19 // (n - 219)
        n = n + 20 // (n - 220)
        n = n + 21 // (n - 221)
        n = n + 22 // (n - 222)
        n = n + 23 // (n - 223)
        n = n + 24 // (n - 224)
        n = n + 25 // (n - 225)
        n = n + 26 // (n - 226)
        n = n + 27 // (n - 227)
        n = n + 28 // (n - 228)
        n = n + 29 // (n - 229)
        n = n + 30 // (n - 230)
        n = n + 31 // (n - 231)
        n = n + 32 // (n - 232)
        n = n + 33 // (n - 233)
        n = n + 34 // (n - 234)
        n = n + 35 // (n - 235)
        n = n + 36 // (n - 236)
        n = n + 37 // (n - 237)
        n = n + 38 // (n - 238)
        n = n + 39 // (n - 239)
        n = n + 40 // (n - 240)
        n = n + 41 // (n - 241)
        n = n + 42 // (n - 242)
        n = n + 43 // (n - 243)
        n = n + 44 // (n - 244)
        n = n + 45 // (n - 245)
        n = n + 46 // (n - 246)
        n = n + 47 // (n - 247)
        n = n + 48 // (n - 248)
        n = n + 49 // (n - 249)
        n = n + 50 // (n - 250)
        n = n + 51 // (n - 251)
        n = n + 52 // (n - 252)
        n = n + 53 // (n - 253)
        n = n + 54 // (n - 254)
        n = n + 55 // (n - 255)
        n = n + 56 // (n - 256)
        n = n + 57 // (n - 257)
        n = n + 58 // (n - 258)
        n = n + 59 // (n - 259)
    except ZeroDivisionError as e:
        return str(e)
    return n


print(far_exceptions(3), far_exceptions(-5))
